import QtQuick
import Kiosk.Link

// The customer pays, or is paid back: the total large, then what has been paid and the change. Nothing is suggested here.
Plate {
    id: root

    required property Face face

    Column {
        anchors {
            left: parent.left
            right: parent.right
            verticalCenter: parent.verticalCenter
            margins: Theme.px(64)
        }
        spacing: Theme.px(24)

        Words {
            width: parent.width
            display: true
            text: root.face.returning ? qsTr("To be paid back") : qsTr("To pay")
            font.pixelSize: Theme.type(72)
            font.weight: Font.Bold
        }

        Words {
            objectName: "due"
            width: parent.width
            display: true
            text: root.face.total
            wrapMode: Text.NoWrap
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.smallestType
            font.pixelSize: Theme.type(168)
            font.letterSpacing: Theme.px(4)
            font.weight: Font.Bold
        }

        PaymentLines {
            id: paid
            width: parent.width
            face: root.face
        }

        Words {
            width: parent.width
            visible: !paid.visible
            text: root.face.returning ? qsTr("The cashier gives your money back") : qsTr("Please pay at the terminal or to the cashier")
            color: Theme.ink2
            font.pixelSize: Theme.type(42)
        }
    }
}
