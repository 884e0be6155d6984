import QtQuick

// The suggestion to offer now: picture, name, price, why, and the sentence to say; once accepted, the code to scan.
Rectangle {
    id: root

    required property string suggestionId
    required property string name
    required property string initial
    required property int colour
    required property string picture
    required property string price
    required property string per
    required property string oldPrice
    required property string reason
    required property string reasonFirst
    required property string reasonSecond
    required property string pitch
    required property string sponsor
    required property int ageLimit
    required property bool taken
    required property string barcode
    required property var bars

    readonly property int pad: Theme.px(20)

    color: Theme.card
    radius: Theme.px(24)
    border.width: Math.max(2, Theme.px(3))
    border.color: Theme.accept

    Picture {
        id: photo
        anchors {
            top: root.top
            left: root.left
            margins: root.pad
        }
        width: Math.min(root.width * 0.42, root.height - foot.height - 3 * root.pad)
        height: width
        radius: Theme.px(16)
        source: root.picture
        initial: root.initial
        colour: root.colour
    }

    Item {
        id: words
        anchors {
            top: photo.top
            bottom: photo.bottom
            left: photo.right
            right: root.right
            leftMargin: Theme.px(24)
            rightMargin: root.pad
        }

        Words {
            anchors {
                top: parent.top
                bottom: paid.visible ? paid.top : why.top
                left: parent.left
                right: parent.right
                bottomMargin: Theme.px(8)
            }
            display: true
            text: root.name
            verticalAlignment: Text.AlignTop
            fontSizeMode: Text.Fit
            minimumPixelSize: Theme.type(26)
            font.pixelSize: Theme.type(42)
            font.weight: Font.DemiBold
            lineHeight: 1.02
            elide: Text.ElideRight
        }

        Sponsor {
            id: paid
            anchors {
                left: parent.left
                right: parent.right
                bottom: why.top
                bottomMargin: Theme.px(6)
            }
            sponsor: root.sponsor
        }

        Row {
            id: why
            anchors {
                left: parent.left
                bottom: money.top
                bottomMargin: Theme.px(6)
            }
            spacing: Theme.px(10)

            Chip {
                id: age
                text: root.ageLimit > 0 ? root.ageLimit + "+" : ""
                size: 20
                ground: Theme.warn
                ink: Theme.warnInk
            }

            Reason {
                widest: words.width - (age.visible ? age.width + why.spacing : 0)
                size: 20
                reason: root.reason
                first: root.reasonFirst
                second: root.reasonSecond
                taken: false
            }
        }

        Words {
            id: money
            anchors {
                left: parent.left
                bottom: parent.bottom
                bottomMargin: -Theme.px(8)
            }
            width: Math.min(implicitWidth, parent.width)
            display: true
            text: root.price + root.per
            color: root.oldPrice !== "" ? Theme.reduced : Theme.ink
            wrapMode: Text.NoWrap
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.type(30)
            font.pixelSize: Theme.type(60)
            font.weight: Font.Bold
            font.letterSpacing: Theme.px(0.8)
        }

        Words {
            anchors {
                left: money.right
                leftMargin: Theme.px(16)
                baseline: money.baseline
            }
            visible: text !== "" && x + implicitWidth <= parent.width
            text: root.oldPrice
            color: Theme.ink2
            wrapMode: Text.NoWrap
            font.pixelSize: Theme.type(28)
            font.strikeout: true
        }
    }

    Item {
        id: foot
        anchors {
            left: root.left
            right: root.right
            bottom: root.bottom
            margins: root.pad
        }
        height: Math.round((root.height - 3 * root.pad) * 0.36)

        Rectangle {
            anchors.fill: parent
            visible: !root.taken
            radius: Theme.px(16)
            color: Theme.script

            Words {
                anchors {
                    fill: parent
                    margins: Theme.px(20)
                }
                verticalAlignment: Text.AlignVCenter
                text: qsTr("“%1”").arg(root.pitch === "" ? root.general(root.reason) : root.pitch)
                color: Theme.scriptInk
                fontSizeMode: Text.Fit
                minimumPixelSize: Theme.type(20)
                font.pixelSize: Theme.type(32)
                lineHeight: 1.08
                elide: Text.ElideRight
            }
        }

        Barcode {
            anchors.fill: parent
            visible: root.taken && root.barcode !== ""
            bars: root.bars
            digits: root.barcode
        }

        Words {
            anchors.fill: parent
            visible: root.taken && root.barcode === ""
            verticalAlignment: Text.AlignVCenter
            horizontalAlignment: Text.AlignHCenter
            text: qsTr("Scan the item itself")
            color: Theme.ink2
            font.pixelSize: Theme.type(30)
        }
    }

    // For items without a sentence of their own.
    function general(kind: string): string {
        switch (kind) {
        case "goes_with":
            if (root.reasonSecond === "")
                return qsTr("It goes well with %1. Shall I add it?").arg(root.reasonFirst);
            return qsTr("It goes well with %1 and %2. Shall I add it?").arg(root.reasonFirst).arg(root.reasonSecond);
        case "popular_now":
            return qsTr("Many take it at this hour. Shall I add it?");
        case "popular_here":
            return qsTr("People here love it. Shall I add it?");
        case "best_seller":
            return qsTr("It is our best seller. Shall I add it?");
        default:
            return qsTr("It goes well with your basket. Shall I add it?");
        }
    }
}
