pragma ComponentBehavior: Bound

import QtQuick
import Kiosk.Link

// The cashier's face as a strip below the till's own program or a panel beside it: the suggestion, its price and the answers. There
// are no alternates; what can be taken back stands in the place of the picture, or of the total.
Item {
    id: root

    required property Face face
    required property bool strip
    required property bool offering
    required property bool leftHanded
    required property string title
    required property string amount
    required property string note

    readonly property int gap: Math.max(Theme.px(11), Theme.targetGap)

    CashierHeader {
        id: header
        anchors {
            top: root.top
            left: root.left
            right: root.right
        }
        visible: !root.strip
        height: visible ? Math.max(Theme.px(64), Theme.target + 2 * Theme.px(5)) : 0
        face: root.face
        narrow: true
    }

    UndoButton {
        id: undo
        anchors {
            top: root.top
            bottom: root.bottom
            left: root.leftHanded ? undefined : root.left
            right: root.leftHanded ? root.right : undefined
            margins: root.gap
        }
        // The hand decides where it is, not the language.
        LayoutMirroring.enabled: false
        visible: root.strip && root.face.undoOffered
        width: Math.max(Theme.px(150), Theme.target)
        face: root.face
        size: 22
    }

    Item {
        id: body
        anchors {
            top: header.bottom
            bottom: root.bottom
            left: undo.visible && !root.leftHanded ? undo.right : root.left
            right: undo.visible && root.leftHanded ? undo.left : root.right
            margins: root.gap
        }
        LayoutMirroring.enabled: false

        readonly property int actionsWidth: root.strip ? Math.round(Math.max(Theme.px(392), Theme.target + Theme.primaryTarget + root.gap)) : width

        Repeater {
            model: root.face.hero

            delegate: DockHero {
                id: hero
                LayoutMirroring.enabled: Theme.mirrored
                LayoutMirroring.childrenInherit: true
                visible: root.offering
                x: root.strip && root.leftHanded ? body.width - width : 0
                width: root.strip ? body.width - body.actionsWidth - root.gap : body.width
                height: root.strip ? body.height : body.height - answers.height - root.gap
                face: root.face
                strip: root.strip
                crowded: undo.visible

                ActionRow {
                    id: answers
                    x: root.strip ? (root.leftHanded ? -hero.x : hero.width + root.gap) : 0
                    y: root.strip ? 0 : hero.height + root.gap
                    width: body.actionsWidth
                    height: root.strip ? body.height : implicitHeight
                    shape: root.strip ? "strip" : "side"
                    face: root.face
                    taken: hero.taken
                    ageLimit: hero.ageLimit
                    regular: hero.regular
                    leftHanded: root.leftHanded
                }
            }
        }

        DockNotice {
            anchors.fill: parent
            LayoutMirroring.enabled: Theme.mirrored
            LayoutMirroring.childrenInherit: true
            visible: !root.offering
            strip: root.strip
            title: root.title
            amount: root.amount
            note: root.note
        }
    }

    AbsentDot {
        anchors {
            top: root.top
            right: root.right
            margins: root.gap + Theme.px(12)
        }
        visible: root.strip && !root.offering && !root.face.online
        face: root.face
    }
}
