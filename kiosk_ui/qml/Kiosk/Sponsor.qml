import QtQuick

// Says to the cashier that a place is paid for, and by whom, and the code that the till needs for the price. Never cut.
Words {
    required property string sponsor
    required property string code
    property int size: 20

    visible: text !== ""
    text: PaidPlace.told(sponsor, code)
    color: Theme.ink2
    font.pixelSize: Theme.type(size)
}
