"""Names of the manufacturing divisions of GB/T 4754 (two digits), for labels and the filter."""

from models.words import Words, mark

INDUSTRIES = {
    "13": mark("Agro-food processing"),
    "14": mark("Food manufacturing"),
    "15": mark("Beverages and refined tea"),
    "16": mark("Tobacco"),
    "17": mark("Textiles"),
    "18": mark("Clothing"),
    "19": mark("Leather, fur, feather and footwear"),
    "20": mark("Wood, bamboo, rattan, palm and straw products"),
    "21": mark("Furniture"),
    "22": mark("Paper"),
    "23": mark("Printing and recorded media"),
    "24": mark("Culture, education, craft, sports and entertainment goods"),
    "25": mark("Petroleum, coal and other fuel processing"),
    "26": mark("Chemicals"),
    "27": mark("Pharmaceuticals"),
    "28": mark("Chemical fibres"),
    "29": mark("Rubber and plastics"),
    "30": mark("Non-metallic mineral products"),
    "31": mark("Ferrous metal smelting and rolling"),
    "32": mark("Non-ferrous metal smelting and rolling"),
    "33": mark("Metal products"),
    "34": mark("General equipment"),
    "35": mark("Special equipment"),
    "36": mark("Automobiles"),
    "37": mark("Rail, ship, aerospace and other transport equipment"),
    "38": mark("Electrical machinery and equipment"),
    "39": mark("Computers, communication and other electronics"),
    "40": mark("Instruments"),
    "41": mark("Other manufacturing"),
    "42": mark("Waste resource utilisation"),
    "43": mark("Repair of metal products, machinery and equipment"),
}


def industry_name(code: str | None, words: Words) -> str:
    """Code and name; a three-digit code carries the name of its division; an em dash for none."""
    if not code:
        return "—"
    name = INDUSTRIES.get(code[:2])
    return code if name is None else f"{code} {words(name)}"
