import QtQuick

// Says to the cashier that a place is paid for, and by whom. Never cut.
Words {
    required property string sponsor
    property int size: 20

    visible: text !== ""
    text: sponsor === "" ? "" : qsTr("Advertisement · %1").arg(sponsor)
    color: Theme.ink2
    font.pixelSize: Theme.type(size)
}
