import QtQuick

// Says to the cashier that a place is paid for, and by whom; the name may be cut, the word before it never is.
Words {
    required property string sponsor

    visible: text !== ""
    text: sponsor === "" ? "" : qsTr("Advertisement · %1").arg(sponsor)
    color: Theme.ink2
    wrapMode: Text.NoWrap
    elide: Text.ElideRight
    font.pixelSize: Theme.type(22)
}
