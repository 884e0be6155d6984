import QtQuick
import Kiosk.Link

// Moves the face it stands in by whole pixels, as the state says, so that nothing burns in (rest.py). Paints what shows at the edge
// of the glass then: the same colour as beside it. Another that stands in a part of the face gives that part an edge of its own.
Rectangle {
    id: root

    required property Face face
    property color edge: Theme.paper
    // The part this is the edge of; none for the whole face, which it moves.
    property bool whole: true

    anchors {
        fill: parent
        margins: -4
    }
    z: -1
    color: edge

    Binding {
        target: root.whole ? root.parent : null
        property: "x"
        value: root.face.driftX
    }

    Binding {
        target: root.whole ? root.parent : null
        property: "y"
        value: root.face.driftY
    }
}
