pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Shapes

// The brand's rings in the lower right corner: paths, which the renderer draws where it draws all else. Of a picture or of a round
// rectangle it would keep a bitmap of the whole square, four megabytes on a large screen.
Item {
    id: root

    property bool bright: true
    property real side: Math.min(parent.width, parent.height)
    readonly property color ink: bright ? "#12FFFFFF" : "#291B7A58"

    anchors {
        right: parent.right
        bottom: parent.bottom
    }
    width: Math.round(side)
    height: width
    clip: true

    component Ring: ShapePath {
        id: ring

        required property real radius
        strokeColor: root.ink
        strokeWidth: 0.004 * root.width
        fillColor: "transparent"

        PathAngleArc {
            centerX: root.width * (Theme.mirrored ? 0.14 : 0.86)
            centerY: root.width * 0.88
            radiusX: root.width * ring.radius
            radiusY: radiusX
            startAngle: 0
            sweepAngle: 360
        }
    }

    Shape {
        anchors.fill: parent

        Ring {
            radius: 0.33
        }

        Ring {
            radius: 0.56
        }

        Ring {
            radius: 0.79
        }
    }
}
