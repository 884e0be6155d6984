pragma Singleton

import QtQuick

// Every colour and every size of both faces. Sizes in the other files are pixels of the drawing (1920x1080 for the customer,
// 1024x768 for the cashier) and pass through px() or type(); type() never goes below what can be read from `distance`.
QtObject {
    id: theme

    property bool dark: false
    property size screen: Qt.size(1920, 1080)
    property real designDiagonal: 2203
    // The panel's diagonal in inches and the distance of the eye in millimetres.
    property real inches: 15.6
    property real distance: 800

    readonly property real diagonal: Math.sqrt(screen.width * screen.width + screen.height * screen.height)
    readonly property real scale: diagonal / designDiagonal
    readonly property real pixelsPerMm: diagonal / (inches * 25.4)
    // 16 minutes of arc for a capital letter (ISO 9241-3), which in Inter is 0.727 of the size.
    readonly property int smallestType: Math.ceil(distance * Math.tan(16 / 60 * Math.PI / 180) / 0.727 * pixelsPerMm)
    readonly property int gap: px(26)

    readonly property string family: "Inter"
    readonly property string display: "Inter Display"
    // Reduced motion: what changes is there at once.
    property bool still: false
    readonly property int transition: still ? 0 : 180

    readonly property color paper: dark ? "#101513" : "#F6F2EA"
    readonly property color card: dark ? "#1C2622" : "#FFFFFF"
    readonly property color cardEdge: dark ? "#2C3A34" : "#E7E0D3"
    readonly property color shadow: dark ? "#30000000" : "#0E3B2E12"
    readonly property color ink: dark ? "#F2F5F1" : "#14231C"
    readonly property color ink2: dark ? "#B7C4BC" : "#4A5A52"
    readonly property color outline: dark ? "#7F8F87" : "#7C8982"
    readonly property color reduced: dark ? "#FFB199" : "#9F2F14"

    readonly property color brand: dark ? "#0C3728" : "#0E4A37"
    readonly property color brandDeep: dark ? "#061E16" : "#093527"
    readonly property color brandInk: "#FFFFFF"
    readonly property color brandInk2: "#CFE3D8"
    readonly property color brandLine: dark ? "#2E6650" : "#3B7A62"
    readonly property color brandGlow: dark ? "#124634" : "#165743"

    readonly property color mint: dark ? "#1D4A39" : "#DDEFE4"
    readonly property color mintInk: dark ? "#D6F0E2" : "#0E4A37"
    readonly property color accept: dark ? "#8FE0B8" : "#0E4A37"
    readonly property color acceptPressed: dark ? "#6CC79A" : "#072A1F"
    readonly property color acceptInk: dark ? "#08281C" : "#FFFFFF"
    readonly property color pressed: dark ? "#33443C" : "#E4E9E5"
    readonly property color script: dark ? "#3A3218" : "#FFF4D6"
    readonly property color scriptInk: dark ? "#FFEFC2" : "#14231C"
    readonly property color warn: dark ? "#4A2A1F" : "#FBE6DE"
    readonly property color warnInk: dark ? "#FFD5C6" : "#7A2410"
    readonly property color brandDot: "#A9B6AF"

    // Grounds for cards without a picture, chosen by department, and the letter on them.
    readonly property list<color> grounds: dark
        ? ["#4A3520", "#43302F", "#46401E", "#23404A", "#2C4526", "#3D2F4D", "#4A2C3A", "#2B3C52"]
        : ["#F6DDB8", "#EBCDC4", "#F5E6A8", "#CBE4EC", "#D5E8C4", "#E0D3EE", "#F4CFDC", "#CFDCF2"]
    readonly property list<color> letters: dark
        ? ["#FFDFB0", "#F7D3CB", "#F6E89E", "#BFE6F2", "#CBEDB4", "#E2D0F8", "#FBCBDD", "#CBDDFB"]
        : ["#6B3F06", "#6E2C1C", "#5A4A00", "#0D4757", "#2C4B12", "#47256E", "#701B3C", "#1B3B70"]

    function px(size: real): int {
        return Math.max(1, Math.round(size * scale));
    }

    function type(size: real): int {
        return Math.max(Math.round(size * scale), smallestType, 1);
    }
}
