import QtQuick
import Kiosk.Link

// Goods come back: the words say so, and nothing is suggested.
Plate {
    id: root

    required property Face face
    property real scaling: 1

    Notice {
        anchors {
            fill: parent
            margins: Theme.px(64 * root.scaling)
        }
        scaling: root.scaling
        title: qsTr("Return of goods")
        amount: root.face.total
        note: qsTr("The cashier takes the goods back")
    }
}
