pragma ComponentBehavior: Bound

import QtQuick
import Kiosk.Link

// One tap says how the visit was: three faces, or a number from 0 to 10. It is there while the thanks are and waits for nobody.
Item {
    id: root

    required property Face face
    readonly property bool faces: face.rating === "faces"
    readonly property var scores: faces ? [1, 2, 3] : [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

    objectName: "rating"
    visible: face.rating !== ""
    implicitHeight: question.height + Theme.px(20) + row.height + (faces ? 0 : ends.height + Theme.px(8))

    Words {
        id: question
        width: parent.width
        text: root.face.rated < 0 ? qsTr("How was your visit?") : qsTr("Thank you for telling us")
        color: Theme.brandInk
        horizontalAlignment: Text.AlignHCenter
        font.pixelSize: Theme.type(46)
        font.weight: Font.DemiBold
    }

    Row {
        id: row
        anchors {
            top: question.bottom
            topMargin: Theme.px(20)
            horizontalCenter: parent.horizontalCenter
        }
        readonly property real room: root.width - (root.scores.length - 1) * spacing
        readonly property int side: Math.floor(Math.min(room / root.scores.length, Theme.px(root.faces ? 260 : 130)))
        spacing: Theme.px(root.faces ? 40 : 14)

        Repeater {
            model: root.visible ? root.scores : []

            delegate: RatingButton {
                required property int modelData
                face: root.face
                score: modelData
                width: row.side
                height: Math.round(root.faces ? row.side * 0.8 : Math.max(row.side, Theme.px(110)))
                label: root.faces ? [qsTr("Bad"), qsTr("All right"), qsTr("Good")][modelData - 1] : String(modelData)
                picture: root.faces ? Qt.resolvedUrl("face-" + modelData + (chosen ? "-ink" : "-light") + ".svg") : ""
            }
        }
    }

    Item {
        id: ends
        visible: !root.faces
        anchors {
            top: row.bottom
            topMargin: Theme.px(8)
            left: row.left
            right: row.right
        }
        height: best.height

        Words {
            anchors.left: parent.left
            text: qsTr("Bad")
            color: Theme.brandInk2
            wrapMode: Text.NoWrap
            font.pixelSize: Theme.type(30)
        }

        Words {
            id: best
            anchors.right: parent.right
            text: qsTr("Excellent")
            color: Theme.brandInk2
            wrapMode: Text.NoWrap
            font.pixelSize: Theme.type(30)
        }
    }
}
