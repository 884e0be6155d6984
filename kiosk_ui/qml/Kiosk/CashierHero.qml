import QtQuick

// The suggestion on a whole screen: picture, name, price, why, and the sentence to say.
HeroFacts {
    id: root

    readonly property int pad: Theme.px(20)

    Picture {
        id: photo
        anchors {
            top: root.top
            left: root.left
            margins: root.pad
        }
        width: Math.round(Math.min(root.width * 0.42, (root.height - 3 * root.pad) * 0.64))
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
                bottomMargin: Theme.px(paid.visible ? 4 : 8)
            }
            display: true
            text: root.name
            verticalAlignment: Text.AlignTop
            // A cut Arabic name is drawn a little wider than it was measured.
            leftPadding: Theme.mirrored ? Theme.px(2) : 0
            rightPadding: leftPadding
            fontSizeMode: Text.Fit
            minimumPixelSize: Math.min(Theme.type(24), font.pixelSize)
            maximumLineCount: Math.max(1, Math.floor(height / (1.23 * minimumPixelSize * Theme.leading)))
            font.pixelSize: Math.min(Theme.type(42), Math.max(Theme.smallestType, money.shown))
            font.weight: Font.DemiBold
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
            code: root.code
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

        HeroPrice {
            id: money
            anchors {
                left: parent.left
                right: parent.right
                bottom: parent.bottom
                bottomMargin: -Theme.px(8)
            }
            hero: root
        }
    }

    ScriptOrCode {
        anchors {
            top: photo.bottom
            left: root.left
            right: root.right
            bottom: root.bottom
            margins: root.pad
        }
        hero: root
    }
}
