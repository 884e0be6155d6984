import QtQuick

// All text of the faces: Inter, plain (a product's name is data and never markup), drawn by the system's rasteriser.
Text {
    property bool display: false
    property bool columns: false

    textFormat: Text.PlainText
    renderType: Text.NativeRendering
    color: Theme.ink
    font.family: display ? Theme.display : Theme.family
    // Figures of one width belong in columns only: alone they leave a gap beside the 1.
    font.features: columns ? ({ "tnum": 1 }) : ({})
    wrapMode: Text.Wrap
    // Set, because left to itself a text without Arabic letters stays on the left of a mirrored face.
    horizontalAlignment: Text.AlignLeft
}
