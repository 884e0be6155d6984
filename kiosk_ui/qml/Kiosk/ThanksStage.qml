import QtQuick
import Kiosk.Link

// Thanks, the total and the change, then idle by itself; where the monitor may be touched, a question that waits for nobody.
Curtain {
    id: root

    required property Face face

    Column {
        anchors {
            left: parent.left
            right: parent.right
            verticalCenter: parent.verticalCenter
            margins: Theme.px(60)
        }
        spacing: Theme.px(22)

        Rectangle {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: !bar.visible && !paid.visible
            width: Theme.px(150)
            height: width
            radius: width / 2
            color: Theme.mint

            Words {
                anchors.centerIn: parent
                text: "✓"
                color: Theme.mintInk
                font.pixelSize: Theme.type(88)
                font.weight: Font.Bold
            }
        }

        Words {
            width: parent.width
            display: true
            text: root.face.returning ? qsTr("Your return is complete") : qsTr("Thank you for shopping with us!")
            color: Theme.brandInk
            horizontalAlignment: Text.AlignHCenter
            font.pixelSize: Theme.type(72)
            font.weight: Font.Bold
        }

        Words {
            width: parent.width
            display: true
            text: root.face.total
            color: Theme.brandInk
            horizontalAlignment: Text.AlignHCenter
            wrapMode: Text.NoWrap
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.smallestType
            font.pixelSize: Theme.type(bar.visible || paid.visible ? 110 : 168)
            font.letterSpacing: Theme.px(4)
            font.weight: Font.Bold
        }

        PaymentLines {
            id: paid
            anchors.horizontalCenter: parent.horizontalCenter
            width: Math.min(parent.width, Theme.px(1000))
            face: root.face
            most: bar.visible ? 0 : 3
            ink: Theme.brandInk
            ink2: Theme.brandInk2
        }

        Words {
            width: parent.width
            visible: !bar.visible && !paid.visible && !root.face.returning
            text: qsTr("See you again soon")
            color: Theme.brandInk2
            horizontalAlignment: Text.AlignHCenter
            font.pixelSize: Theme.type(42)
        }

        RatingBar {
            id: bar
            width: parent.width
            height: implicitHeight
            face: root.face
        }
    }
}
