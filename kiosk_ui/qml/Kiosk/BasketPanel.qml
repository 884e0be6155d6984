pragma ComponentBehavior: Bound

import QtQuick
import Kiosk.Link

// The receipt as it grows: lines from the top, the latest always in sight, the total fixed at the foot.
Rectangle {
    id: root

    required property Face face

    readonly property int pad: Theme.px(44)
    // Wide and low, above the cards of a standing screen: the total in one row, for more lines above it.
    readonly property bool flat: width > height

    gradient: Gradient {
        GradientStop {
            position: 0
            color: Theme.brand
        }
        GradientStop {
            position: 1
            color: Theme.brandDeep
        }
    }

    Orbit {
        anchors.rightMargin: 0
        whole: false
        edge: Theme.brandDeep
        face: root.face
    }

    // The brand's rings: a bitmap of a megabyte here, for under each line that comes paths would be drawn anew.
    Image {
        anchors {
            right: root.right
            bottom: root.bottom
        }
        width: Math.round(Math.min(root.width, root.height))
        height: width
        mirror: Theme.mirrored
        sourceSize: Qt.size(width, height)
        source: visible && width >= 1 ? "rings-light.svg" : ""
        cache: false
    }

    Words {
        id: heading
        anchors {
            top: root.top
            left: root.left
            right: count.left
            topMargin: Theme.px(root.flat ? 36 : 48)
            leftMargin: root.pad
            rightMargin: Theme.px(8)
        }
        display: true
        text: qsTr("Your basket")
        color: Theme.brandInk
        wrapMode: Text.NoWrap
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Theme.smallestType
        font.pixelSize: Theme.type(46)
        font.weight: Font.Bold
    }

    Words {
        id: count
        anchors {
            right: root.right
            baseline: heading.baseline
            rightMargin: root.pad
        }
        text: qsTr("%n item(s)", "", root.face.count)
        color: Theme.brandInk2
        font.pixelSize: Theme.type(29)
    }

    ListView {
        id: list
        objectName: "lines"
        anchors {
            top: heading.bottom
            bottom: foot.top
            left: root.left
            right: root.right
            topMargin: Theme.px(24)
            bottomMargin: Theme.px(12)
        }
        clip: true
        interactive: false
        spacing: Theme.px(4)
        model: root.face.lines
        onCountChanged: Qt.callLater(list.positionViewAtEnd)
        onContentHeightChanged: Qt.callLater(list.positionViewAtEnd)
        onHeightChanged: Qt.callLater(list.positionViewAtEnd)

        delegate: Item {
            id: line

            required property int index
            required property string name
            required property string detail
            required property string sum
            readonly property bool latest: index === list.count - 1
            // A sum that would leave no room for the name stands below it.
            readonly property bool dear: sum.implicitWidth > 0.5 * (width - 2 * root.pad)

            width: list.width
            height: title.height + detail.height + (dear ? sum.height : 0) + 2 * Theme.px(16)
            // Lines are seen whole or not at all.
            opacity: latest || y >= list.contentY - 1 ? 1 : 0

            Rectangle {
                anchors.fill: parent
                anchors.leftMargin: Theme.px(20)
                anchors.rightMargin: Theme.px(20)
                radius: Theme.px(16)
                visible: line.latest
                color: Theme.brandGlow
            }

            Words {
                id: title
                anchors {
                    top: line.top
                    left: line.left
                    right: line.dear ? line.right : sum.left
                    topMargin: Theme.px(16)
                    leftMargin: root.pad
                    rightMargin: line.dear ? root.pad : Theme.px(24)
                }
                text: line.name === "" ? qsTr("Item without a name") : line.name
                color: Theme.brandInk
                font.pixelSize: Theme.type(32)
                font.weight: Font.Medium
                maximumLineCount: 3
                elide: Text.ElideRight
            }

            // Below name and sum, so that a long price has the whole width.
            Words {
                id: detail
                anchors {
                    top: title.bottom
                    left: title.left
                    right: sum.right
                }
                text: line.detail
                color: Theme.brandInk2
                wrapMode: Text.NoWrap
                columns: true
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: Theme.smallestType
                font.pixelSize: Theme.type(29)
            }

            Words {
                id: sum
                anchors {
                    right: line.right
                    rightMargin: root.pad
                }
                y: line.dear ? detail.y + detail.height : title.y + title.baselineOffset - baselineOffset
                text: line.sum
                color: Theme.brandInk
                wrapMode: Text.NoWrap
                columns: true
                font.pixelSize: Theme.type(32)
                font.weight: Font.DemiBold
            }
        }
    }

    Item {
        id: foot
        objectName: "total"
        anchors {
            left: root.left
            right: root.right
            bottom: root.bottom
            leftMargin: root.pad
            rightMargin: root.pad
            bottomMargin: Theme.px(root.flat ? 20 : 36)
        }
        height: Theme.px(root.flat ? 10 : 24) + amount.height + (root.flat ? 0 : label.height)

        Rectangle {
            width: parent.width
            height: Math.max(1, Theme.px(2))
            color: Theme.brandLine
        }

        Words {
            id: label
            anchors.left: parent.left
            y: root.flat ? amount.y + Math.round((amount.height - height) / 2) : Theme.px(24)
            text: qsTr("Total")
            color: Theme.brandInk2
            font.pixelSize: Theme.type(root.flat ? 46 : 36)
        }

        Words {
            id: amount
            anchors {
                left: root.flat ? label.right : parent.left
                right: parent.right
                bottom: parent.bottom
                leftMargin: root.flat ? Theme.px(24) : 0
            }
            horizontalAlignment: root.flat ? Text.AlignRight : Text.AlignLeft
            height: Math.ceil(metrics.height * Theme.leading)
            verticalAlignment: Text.AlignVCenter
            display: true
            text: root.face.total
            color: Theme.brandInk
            wrapMode: Text.NoWrap
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.smallestType
            font: metrics.font
        }

        FontMetrics {
            id: metrics
            font.family: Theme.display
            font.pixelSize: Theme.type(88)
            font.weight: Font.Bold
            font.letterSpacing: Theme.px(2.4)
        }
    }
}
