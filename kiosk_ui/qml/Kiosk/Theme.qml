pragma Singleton

import QtQuick

// Every colour and every size of both faces. Sizes in the other files are pixels of the drawing (1920x1080 for the customer,
// 1024x768 for the cashier) and pass through px() or type(); type() never goes below what can be read from `distance`.
QtObject {
    id: theme

    property bool dark: false
    // Colours that stay apart for the colour-blind (after Okabe and Ito): blue acts, vermilion and orange warn and reduce.
    property bool colourBlind: false
    // The language is written from right to left.
    property bool mirrored: false
    // What a face shows is being changed: sizes are on the way to what they will be.
    property bool arranging: false
    property size screen: Qt.size(1920, 1080)
    property real designDiagonal: 2203
    // A docked window is drawn for its short side, in pixels of the drawing; 0 for a whole screen.
    property real designShort: 0
    // The window's diagonal in inches and the distance of the eye in millimetres.
    property real inches: 15.6
    property real distance: 800

    readonly property real diagonal: Math.sqrt(screen.width * screen.width + screen.height * screen.height)
    readonly property real scale: designShort > 0 ? Math.min(screen.width, screen.height) / designShort : diagonal / designDiagonal
    readonly property real pixelsPerMm: diagonal / (inches * 25.4)
    // 16 minutes of arc for a capital letter (ISO 9241-3), which in Inter is 0.727 of the size.
    readonly property int smallestType: Math.ceil(distance * Math.tan(16 / 60 * Math.PI / 180) / 0.727 * pixelsPerMm)
    readonly property int gap: px(26)
    // What a finger hits without looking: any button, the one that matters, and the space between two.
    readonly property int target: Math.ceil(15 * pixelsPerMm)
    readonly property int primaryTarget: Math.ceil(20 * pixelsPerMm)
    readonly property int targetGap: Math.ceil(3 * pixelsPerMm)

    readonly property string family: "Inter"
    readonly property string display: "Inter Display"
    // Arabic letters need so much more height, and more above the line, than the Latin ones a line is measured by.
    readonly property real leading: mirrored ? 1.13 : 1
    readonly property real rise: mirrored ? 1.11 : 1
    // Reduced motion: what changes is there at once.
    property bool still: false
    readonly property int transition: still ? 0 : 150

    readonly property color paper: pick("#F6F2EA", "#101513", "#F3F4F3", "#0F1419")
    readonly property color card: pick("#FFFFFF", "#1C2622", "#FFFFFF", "#1A232C")
    readonly property color cardEdge: pick("#E7E0D3", "#2C3A34", "#DDE2E6", "#2A3742")
    readonly property color shadow: pick("#0E3B2E12", "#30000000", "#0E1E3550", "#30000000")
    readonly property color ink: pick("#14231C", "#F2F5F1", "#11202B", "#F1F5F8")
    readonly property color ink2: pick("#4A5A52", "#B7C4BC", "#45535E", "#B5C2CE")
    readonly property color outline: pick("#7C8982", "#7F8F87", "#76848F", "#7B8B99")
    readonly property color reduced: pick("#9F2F14", "#FFB199", "#993800", "#FFB454")

    readonly property color brand: pick("#0E4A37", "#0C3728", "#0A3D62", "#0A3350")
    readonly property color brandDeep: pick("#093527", "#061E16", "#062B47", "#051D30")
    readonly property color brandInk: "#FFFFFF"
    readonly property color brandInk2: pick("#CFE3D8", "#CFE3D8", "#CFE0EE", "#CFE0EE")
    readonly property color brandLine: pick("#3B7A62", "#2E6650", "#3A6F99", "#2C5C82")
    readonly property color brandGlow: pick("#165743", "#124634", "#0F4D7A", "#0E4066")

    readonly property color mint: pick("#DDEFE4", "#1D4A39", "#D3E8F7", "#174866")
    readonly property color mintInk: pick("#0E4A37", "#D6F0E2", "#083A5E", "#D5ECFB")
    readonly property color accept: pick("#0E4A37", "#8FE0B8", "#005A91", "#A5DCF9")
    readonly property color acceptPressed: pick("#072A1F", "#6CC79A", "#00365A", "#63B9E8")
    readonly property color acceptInk: pick("#FFFFFF", "#08281C", "#FFFFFF", "#031C2E")
    readonly property color pressed: pick("#E4E9E5", "#33443C", "#DDE3E8", "#33424F")
    readonly property color script: pick("#FFF4D6", "#3A3218", "#FFF6C8", "#3D3712")
    readonly property color scriptInk: pick("#14231C", "#FFEFC2", "#11202B", "#FFF3B0")
    readonly property color warn: pick("#FBE6DE", "#4A2A1F", "#FFD9A8", "#5E3510")
    readonly property color warnInk: pick("#7A2410", "#FFD5C6", "#6B2A00", "#FFDDB0")
    readonly property color brandDot: pick("#A9B6AF", "#A9B6AF", "#A9B4BF", "#A9B4BF")

    // Grounds for cards without a picture, chosen by department, and the letter on them.
    readonly property list<color> grounds: dark
        ? ["#4A3520", "#43302F", "#46401E", "#23404A", "#2C4526", "#3D2F4D", "#4A2C3A", "#2B3C52"]
        : ["#F6DDB8", "#EBCDC4", "#F5E6A8", "#CBE4EC", "#D5E8C4", "#E0D3EE", "#F4CFDC", "#CFDCF2"]
    readonly property list<color> letters: dark
        ? ["#FFDFB0", "#F7D3CB", "#F6E89E", "#BFE6F2", "#CBEDB4", "#E2D0F8", "#FBCBDD", "#CBDDFB"]
        : ["#6B3F06", "#6E2C1C", "#5A4A00", "#0D4757", "#2C4B12", "#47256E", "#701B3C", "#1B3B70"]

    function pick(light: string, darkened: string, safe: string, safeDark: string): string {
        return colourBlind ? (dark ? safeDark : safe) : dark ? darkened : light;
    }

    function px(size: real): int {
        return Math.max(1, Math.round(size * scale));
    }

    function type(size: real): int {
        return Math.max(Math.round(size * scale), smallestType, 1);
    }
}
