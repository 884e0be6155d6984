import QtQuick

// The sentence to say; once the offer is accepted, the code to scan instead.
Item {
    id: root

    required property HeroFacts hero
    property int size: 32
    property int smallest: 20
    property int pad: Theme.px(20)

    Rectangle {
        anchors.fill: parent
        visible: !root.hero.taken
        radius: Theme.px(16)
        color: Theme.script

        Words {
            anchors {
                fill: parent
                leftMargin: root.pad
                rightMargin: root.pad
                topMargin: Math.round(root.pad / 2)
                bottomMargin: Math.round(root.pad / 2)
            }
            verticalAlignment: Text.AlignVCenter
            text: root.hero.sentence
            color: Theme.scriptInk
            fontSizeMode: Text.Fit
            minimumPixelSize: Theme.type(root.smallest)
            font.pixelSize: Theme.type(root.size)
            lineHeight: 1.08
            elide: Text.ElideRight
        }
    }

    Barcode {
        anchors.fill: parent
        visible: root.hero.taken && root.hero.barcode !== ""
        bars: root.hero.bars
        digits: root.hero.barcode
    }

    Words {
        anchors.fill: parent
        visible: root.hero.taken && root.hero.barcode === ""
        verticalAlignment: Text.AlignVCenter
        horizontalAlignment: Text.AlignHCenter
        text: qsTr("Scan the item itself")
        color: Theme.ink2
        font.pixelSize: Theme.type(root.size)
    }
}
