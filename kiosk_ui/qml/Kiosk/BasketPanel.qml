pragma ComponentBehavior: Bound

import QtQuick
import Kiosk.Link

// The receipt as it grows: lines from the top, the latest always in sight, the total fixed at the foot.
Rectangle {
    id: root

    required property Face face

    readonly property int pad: Theme.px(44)

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

    Rings {}

    Words {
        id: heading
        anchors {
            top: root.top
            left: root.left
            right: count.left
            topMargin: Theme.px(48)
            leftMargin: root.pad
        }
        display: true
        text: qsTr("Your basket")
        color: Theme.brandInk
        wrapMode: Text.NoWrap
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

            width: list.width
            height: words.height + 2 * Theme.px(16)

            Rectangle {
                anchors.fill: parent
                anchors.leftMargin: Theme.px(20)
                anchors.rightMargin: Theme.px(20)
                radius: Theme.px(16)
                visible: line.latest
                color: Theme.brandGlow
            }

            Column {
                id: words
                anchors {
                    left: line.left
                    right: sum.left
                    verticalCenter: line.verticalCenter
                    leftMargin: root.pad
                    rightMargin: Theme.px(24)
                }

                Words {
                    id: title
                    width: parent.width
                    text: line.name === "" ? qsTr("Item without a name") : line.name
                    color: Theme.brandInk
                    font.pixelSize: Theme.type(32)
                    font.weight: Font.Medium
                    maximumLineCount: 3
                    elide: Text.ElideRight
                }

                Words {
                    width: line.width - 2 * root.pad
                    text: line.detail
                    color: Theme.brandInk2
                    wrapMode: Text.NoWrap
                    columns: true
                    fontSizeMode: Text.HorizontalFit
                    minimumPixelSize: Theme.smallestType
                    font.pixelSize: Theme.type(29)
                }
            }

            Words {
                id: sum
                anchors.right: line.right
                anchors.rightMargin: root.pad
                y: words.y + title.baselineOffset - baselineOffset
                text: line.sum
                color: Theme.brandInk
                wrapMode: Text.NoWrap
                columns: true
                font.pixelSize: Theme.type(32)
                font.weight: Font.DemiBold
            }
        }
    }

    Rectangle {
        anchors.top: list.top
        width: root.width
        height: Theme.px(56)
        visible: list.contentY - list.originY > 1
        gradient: Gradient {
            GradientStop {
                position: 0
                color: Theme.brand
            }
            GradientStop {
                position: 1
                color: Qt.rgba(Theme.brand.r, Theme.brand.g, Theme.brand.b, 0)
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
            bottomMargin: Theme.px(36)
        }
        height: Theme.px(24) + label.height + amount.height

        Rectangle {
            width: parent.width
            height: Math.max(1, Theme.px(2))
            color: Theme.brandLine
        }

        Words {
            id: label
            y: Theme.px(24)
            text: qsTr("Total")
            color: Theme.brandInk2
            font.pixelSize: Theme.type(36)
        }

        Words {
            id: amount
            anchors.top: label.bottom
            width: parent.width
            height: metrics.height
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
