pragma ComponentBehavior: Bound

import QtQuick
import Kiosk.Link

// Between sales: quiet branding, one sentence at a time, dimmed when nobody comes. Shows no price: nothing here can be bought.
Curtain {
    id: root

    readonly property list<string> sentences: [qsTr("Welcome!"), qsTr("Good to see you"), qsTr("We will show what goes with your basket")]
    required property Face face
    readonly property int turn: face.slide % sentences.length

    Column {
        anchors {
            left: parent.left
            leftMargin: Theme.px(140)
            verticalCenter: parent.verticalCenter
        }
        width: root.width * 0.66
        spacing: Theme.px(40)

        Row {
            anchors.left: parent.left
            spacing: Theme.px(14)

            Repeater {
                model: root.sentences.length

                Rectangle {
                    required property int index
                    width: Theme.px(index === root.turn ? 72 : 24)
                    height: Theme.px(10)
                    radius: height / 2
                    color: index === root.turn ? Theme.brandInk : Theme.brandLine
                }
            }
        }

        WholeWords {
            width: parent.width
            display: true
            text: root.sentences[root.turn]
            color: Theme.brandInk
            size: 116
            font.weight: Font.Bold
        }

        Words {
            width: parent.width
            text: qsTr("This checkout is open")
            color: Theme.brandInk2
            font.pixelSize: Theme.type(44)
        }
    }

    Rectangle {
        anchors.fill: parent
        color: "#000000"
        opacity: root.face.dimmed ? 0.55 : 0
    }
}
