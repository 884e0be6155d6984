pragma ComponentBehavior: Bound

import QtQuick
import Kiosk.Link

// The customer's monitor. The basket and its total never move; what is beside them changes with the stage.
Item {
    id: root

    required property Face face
    property bool leftHanded: false

    LayoutMirroring.enabled: Theme.mirrored
    LayoutMirroring.childrenInherit: true

    readonly property bool selling: ["basket", "return", "payment", "suspended"].includes(face.stage)
    // Squarer screens have no room for three columns that can be read.
    readonly property bool narrow: width < 1.5 * height
    // A standing screen has its basket above the cards.
    readonly property bool standing: width < height

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

    Orbit {
        face: root.face
        edge: root.face.stage === "idle" || root.face.stage === "thanks" ? Theme.brandDeep : Theme.paper
    }

    Rectangle {
        anchors.fill: parent
        color: Theme.paper
    }

    BasketPanel {
        id: panel
        visible: root.selling
        anchors {
            top: root.top
            left: root.left
        }
        width: root.standing ? root.width : Math.round(root.width * (root.narrow ? 0.36 : 0.285))
        height: root.standing ? Math.round(root.height * 0.375) : root.height
        face: root.face
    }

    Item {
        id: stage
        visible: root.selling
        anchors {
            top: root.standing ? panel.bottom : root.top
            bottom: root.bottom
            left: root.standing ? root.left : panel.right
            right: root.right
            margins: Theme.px(48)
        }

        LatestLine {
            anchors.fill: parent
            visible: root.face.stage === "basket" && root.face.cardCount === 0
            face: root.face
        }

        ReturnStage {
            anchors.fill: parent
            visible: root.face.stage === "return"
            face: root.face
        }

        PaymentStage {
            anchors.fill: parent
            visible: root.face.stage === "payment"
            face: root.face
        }

        Plate {
            anchors.fill: parent
            visible: root.face.stage === "suspended"

            Notice {
                anchors {
                    fill: parent
                    margins: Theme.px(64)
                }
                title: qsTr("One moment, please")
                note: qsTr("Your basket is kept, the cashier will be right back")
            }
        }

        Item {
            id: offer
            anchors.fill: parent
            visible: root.face.stage === "basket" && root.face.cardCount > 0

            Words {
                id: title
                width: parent.width
                display: true
                text: qsTr("Goes well with your basket")
                wrapMode: Text.NoWrap
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: Theme.smallestType
                font.pixelSize: Theme.type(70)
                font.weight: Font.Bold
            }

            Words {
                id: hint
                anchors.top: title.bottom
                anchors.topMargin: Theme.px(4)
                width: parent.width
                text: qsTr("Just tell the cashier and we will add it")
                color: Theme.ink2
                font.pixelSize: Theme.type(38)
            }

            Item {
                id: cards
                objectName: "cards"
                anchors {
                    top: hint.bottom
                    bottom: parent.bottom
                    left: parent.left
                    right: parent.right
                    topMargin: Theme.px(32)
                }

                // Of the cards that were last here: those that leave are not arranged for none, in pictures of that size.
                property int number: 1
                Binding on number {
                    when: root.face.cardCount > 0
                    value: root.face.cardCount
                    restoreMode: Binding.RestoreNone
                }

                // Two side by side would be wider than high, and squarer screens have no room for columns.
                readonly property bool rows: number === 2 || root.narrow
                readonly property real slotWidth: rows ? width : (width - (number - 1) * Theme.gap) / number
                readonly property real slotHeight: number === 1 ? Math.min(height, width * (root.narrow ? 0.62 : 0.58)) : rows ? (height - (number - 1) * Theme.gap) / number : height

                Repeater {
                    model: root.face.cards

                    delegate: ProductCard {
                        required property int index
                        rows: cards.rows
                        alone: cards.number === 1 && !root.narrow
                        keepOldPrice: root.face.anyOldPrice
                        keepUnitLine: root.face.anyUnitLine
                        keepSponsor: root.face.anySponsor
                        width: Math.round(cards.slotWidth)
                        height: Math.round(cards.slotHeight)
                        anchors {
                            left: cards.left
                            top: cards.top
                            leftMargin: cards.rows ? 0 : Math.round(index * (cards.slotWidth + Theme.gap))
                            topMargin: cards.rows ? Math.round(index * (height + Theme.gap)) : 0
                        }
                    }
                }
            }
        }
    }

    Attract {
        anchors.fill: parent
        visible: root.face.stage === "idle"
        face: root.face
    }

    ThanksStage {
        anchors.fill: parent
        visible: root.face.stage === "thanks"
        face: root.face
    }

    ClosedStage {
        anchors.fill: parent
        face: root.face
    }
}
