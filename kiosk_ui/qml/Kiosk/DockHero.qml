import QtQuick
import Kiosk.Link

// The suggestion beside the till's own program: in a strip words beside the picture, in a side panel below it. What there is no room
// for gives way: first the reason, then the picture; never the price.
HeroFacts {
    id: root

    required property Face face
    property bool strip: true
    // Something stands where the picture would.
    property bool crowded: false

    readonly property int pad: Theme.px(14)
    readonly property real rest: words.height - money.height - (paid.visible ? paid.height : 0) - foot.height - 2 * Theme.px(4)

    radius: Theme.px(18)

    Picture {
        id: photo
        anchors {
            top: root.top
            left: root.left
            topMargin: root.pad
            leftMargin: root.strip ? root.pad : Math.round((root.width - width) / 2)
        }
        visible: root.strip ? !root.taken && !root.crowded && root.width > 3 * root.height : height > 2 * Theme.px(30)
        // In a panel as large as the words below leave it, whole or a third wider than high.
        height: Math.round(root.strip ? root.height - 2 * root.pad : Math.min((root.width - 2 * root.pad) * 0.75, root.height - 2 * root.pad - Theme.px(10) - below))
        width: Math.round(root.strip ? height : height * 4 / 3)
        radius: Theme.px(12)
        source: root.picture
        initial: root.initial
        colour: root.colour

        readonly property real below: whole.implicitHeight + money.height + (paid.visible ? paid.height : 0) + foot.height + 2 * Theme.px(4)
    }

    Item {
        id: words
        anchors {
            top: root.strip || !photo.visible ? root.top : photo.bottom
            topMargin: root.strip || !photo.visible ? root.pad : Theme.px(10)
            bottom: root.bottom
            left: root.strip && photo.visible ? photo.right : root.left
            right: code.visible ? code.left : root.right
            leftMargin: root.pad
            rightMargin: root.pad
            bottomMargin: root.pad
        }

        Words {
            id: title
            anchors {
                left: parent.left
                right: parent.right
                top: parent.top
            }
            rightPadding: absent.visible ? absent.width + Theme.px(6) : 0
            text: root.name
            font: metrics.font
            maximumLineCount: Math.max(1, Math.floor(root.rest / (metrics.lineSpacing * Theme.leading) + 0.02))
            elide: Text.ElideRight
        }

        // In a panel the name has three lines before the picture gives way. Measured apart: how many of them `title` shows depends
        // on the picture, whose size depends on this.
        Words {
            id: whole
            visible: false
            width: title.width
            rightPadding: title.rightPadding
            text: root.name
            font: metrics.font
            maximumLineCount: 3
        }

        Sponsor {
            id: paid
            anchors {
                left: parent.left
                right: parent.right
                bottom: money.top
            }
            size: 15
            sponsor: root.sponsor
            code: root.code
        }

        HeroPrice {
            id: money
            anchors {
                left: parent.left
                right: age.visible ? age.left : parent.right
                rightMargin: age.visible ? Theme.px(8) : 0
                bottom: foot.visible ? foot.top : parent.bottom
                bottomMargin: Theme.px(4)
            }
            hero: root
            size: !root.strip ? 44 : paid.visible ? 34 : 40
            smallest: 26
        }

        Chip {
            id: age
            anchors {
                right: parent.right
                verticalCenter: money.verticalCenter
            }
            text: root.ageLimit > 0 ? root.ageLimit + "+" : ""
            size: 18
            ground: Theme.warn
            ink: Theme.warnInk
        }

        ScriptOrCode {
            id: foot
            anchors {
                left: parent.left
                right: parent.right
                bottom: parent.bottom
            }
            visible: !code.visible
            // One line of the name is left before the sentence is as large as it can be.
            height: !visible ? 0 : root.strip ? Math.round(Math.max(Theme.px(28), Math.min(Theme.px(56), sparing))) : Theme.px(112)
            readonly property real sparing: words.height - money.height - (paid.visible ? paid.height : 0) - metrics.lineSpacing * Theme.leading - 2 * Theme.px(4)
            hero: root
            size: root.strip ? 21 : 26
            smallest: 13
            pad: Theme.px(root.strip ? 10 : 12)
        }
    }

    // In a strip the code stands beside the words: below them its bars would be too low to scan.
    ScriptOrCode {
        id: code
        anchors {
            top: root.top
            bottom: root.bottom
            right: root.right
            margins: root.pad
        }
        visible: root.strip && root.taken
        width: Math.round(Math.max(Theme.px(250), Math.min(root.width * 0.5, Theme.px(360))))
        hero: root
        size: 24
    }

    AbsentDot {
        id: absent
        anchors {
            top: root.top
            right: root.right
            margins: Theme.px(12)
        }
        face: root.face
    }

    FontMetrics {
        id: metrics
        font.family: Theme.family
        font.pixelSize: Theme.type(root.strip ? 24 : 27)
        font.weight: Font.DemiBold
    }
}
