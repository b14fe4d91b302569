"""What composes the rooms and is neither page nor rule: demonstration, worker, supervisor."""
