import QtQuick

// Says to the cashier that a place is paid for, and by whom, and the code that the till needs for the price. Never cut.
Words {
    required property string sponsor
    required property string code
    property int size: 20

    visible: text !== ""
    text: [sponsor === "" ? "" : qsTr("Advertisement · %1").arg(sponsor), code === "" ? "" : qsTr("Code %1").arg(code)].filter(text => text !== "").join(" · ")
    color: Theme.ink2
    font.pixelSize: Theme.type(size)
}
