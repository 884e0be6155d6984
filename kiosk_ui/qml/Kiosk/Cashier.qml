pragma ComponentBehavior: Bound

import QtQuick
import Kiosk.Link

// The cashier's touch screen: the sale above, one suggestion and two others, the answers along the bottom edge. A window that is far
// wider or higher than a screen stands beside the till's own program and is laid out by CashierDock.
Item {
    id: root

    required property Face face
    property bool leftHanded: false

    LayoutMirroring.enabled: Theme.mirrored
    LayoutMirroring.childrenInherit: true

    readonly property bool offering: face.stage === "basket" && face.cardCount > 0
    readonly property int gap: Theme.px(16)
    readonly property int others: Math.max(0, face.cardCount - 1)
    readonly property bool strip: width > 2.4 * height
    readonly property bool docked: strip || width < 0.62 * height
    // The suggestion is read first; beside it, towards the thumb where that can be, stand the others.
    readonly property bool heroOnRight: others > 0 && (leftHanded || Theme.mirrored)
    readonly property bool priced: ["payment", "thanks", "return"].includes(face.stage)

    Connections {
        target: root.face
        function onArranging(now: bool) {
            Theme.arranging = now;
        }
    }

    Binding {
        target: Theme
        property: "screen"
        value: Qt.size(root.width, root.height)
        when: root.width > 0 && root.height > 0
    }

    Binding {
        target: Theme
        property: "designShort"
        value: root.strip ? 200 : root.docked ? 360 : 0
    }

    Orbit {
        face: root.face
        edge: Theme.paper
    }

    Rectangle {
        anchors.fill: parent
        color: Theme.paper
    }

    CashierHeader {
        id: header
        anchors {
            top: root.top
            left: root.left
            right: root.right
        }
        visible: !root.docked
        height: Theme.px(76)
        face: root.face
    }

    Item {
        id: body
        anchors {
            top: header.bottom
            bottom: root.bottom
            left: root.left
            right: root.right
            margins: root.gap
        }
        visible: root.offering && !root.docked

        readonly property int actions: Math.round(Math.max(Theme.px(132), 20 * Theme.pixelsPerMm))
        readonly property real heroWidth: root.others === 0 ? width : Math.round((width - root.gap) * 0.64)

        Repeater {
            model: root.docked ? null : root.face.hero

            delegate: CashierHero {
                id: hero
                x: root.heroOnRight ? body.width - body.heroWidth : 0
                width: body.heroWidth
                height: body.height - body.actions - root.gap

                ActionRow {
                    x: -hero.x
                    y: hero.height + root.gap
                    width: body.width
                    height: body.actions
                    face: root.face
                    taken: hero.taken
                    ageLimit: hero.ageLimit
                    regular: hero.regular
                    leftHanded: root.leftHanded
                }
            }
        }

        Repeater {
            model: root.docked ? null : root.face.others

            delegate: Alternate {
                required property int index
                face: root.face
                tall: root.others === 1
                x: root.heroOnRight ? 0 : body.heroWidth + root.gap
                y: Math.round(index * (height + root.gap))
                width: body.width - body.heroWidth - root.gap
                height: Math.round((body.height - body.actions - root.gap - (root.others - 1) * root.gap) / Math.max(1, root.others))
            }
        }
    }

    Item {
        anchors {
            top: header.bottom
            bottom: root.bottom
            left: root.left
            right: root.right
            margins: root.gap
        }
        visible: !root.offering && !root.docked

        LatestLine {
            anchors.fill: parent
            visible: root.face.stage === "basket"
            scaling: 0.52
            note: qsTr("Nothing to suggest for this basket")
            face: root.face
        }

        Plate {
            anchors.fill: parent
            visible: root.face.stage !== "basket"

            Notice {
                anchors {
                    fill: parent
                    margins: Theme.px(36)
                }
                scaling: 0.6
                anchors.bottomMargin: Theme.px(36) + paid.height
                title: root.title(root.face.stage)
                amount: root.priced ? root.face.total : ""
                note: root.note(root.face.stage)
            }

            PaymentLines {
                id: paid
                anchors {
                    left: parent.left
                    right: parent.right
                    bottom: parent.bottom
                    margins: Theme.px(36)
                }
                height: visible ? implicitHeight : 0
                scaling: 0.6
                face: root.face
            }
        }
    }

    Loader {
        anchors.fill: parent
        active: root.docked

        sourceComponent: CashierDock {
            readonly property bool selling: root.face.stage === "basket"
            readonly property string latest: root.face.lastName === "" && root.face.count > 0 ? qsTr("Item without a name") : root.face.lastName
            face: root.face
            strip: root.strip
            offering: root.offering
            leftHanded: root.leftHanded
            title: selling ? latest : root.title(root.face.stage)
            amount: selling ? root.face.lastSum : root.face.total
            note: selling ? qsTr("Nothing to suggest for this basket") : root.note(root.face.stage)
        }
    }

    ClosedStage {
        anchors.fill: parent
        face: root.face
        dot: true
    }

    function title(stage: string): string {
        switch (stage) {
        case "return":
            return qsTr("Return of goods");
        case "payment":
            return face.returning ? qsTr("Paying back") : qsTr("Payment");
        case "thanks":
            return face.returning ? qsTr("Return finished") : qsTr("Sale finished");
        case "suspended":
            return qsTr("Sale put aside");
        default:
            return qsTr("Ready for the next sale");
        }
    }

    function note(stage: string): string {
        switch (stage) {
        case "return":
            return qsTr("No suggestions on a return");
        case "payment":
            return face.returning ? qsTr("No suggestions on a return") : qsTr("No suggestions while the customer pays");
        case "thanks":
            return "";
        case "suspended":
            return qsTr("It goes on when the till recalls it");
        default:
            return qsTr("Suggestions appear with the first item");
        }
    }
}
