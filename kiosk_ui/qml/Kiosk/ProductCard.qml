pragma ComponentBehavior: Bound

import QtQuick

// A card of the customer's face: its ground, its arrangement by the room there is, and how it arrives.
CardFacts {
    id: root

    required property bool rows
    required property bool alone

    color: Theme.card
    radius: Theme.px(28)
    border.width: 1
    border.color: Theme.cardEdge

    // The shadow: two faint sheets, of which only the feet are drawn; what lies under the card would be blended for nothing.
    Rectangle {
        z: -1
        y: root.height + Theme.px(4) - height
        width: root.width
        height: 2 * root.radius
        radius: root.radius
        color: Theme.shadow
    }

    Rectangle {
        z: -1
        x: Theme.px(4)
        y: root.height + Theme.px(10) - height
        width: root.width - 2 * x
        height: 2 * root.radius
        radius: root.radius
        color: Theme.shadow
    }

    // A newcomer slides into its place; a card that stays does not move.
    onSuggestionIdChanged: arrival.restart()

    transform: Translate {
        id: shift
    }

    NumberAnimation {
        id: arrival
        target: shift
        property: "y"
        from: Theme.px(24)
        to: 0
        duration: Theme.transition
        easing.type: Easing.OutCubic
    }

    Chip {
        z: 1
        // On the picture, wherever it is.
        anchors.top: root.top
        anchors.left: root.left
        anchors.margins: root.pad + Theme.px(12)
        text: root.ageLimit > 0 ? root.ageLimit + "+" : ""
        ground: Theme.warn
        ink: Theme.warnInk
    }

    Loader {
        anchors.fill: parent
        sourceComponent: root.alone ? hero : root.rows ? row : tall
    }

    Component {
        id: tall

        TallCard {
            card: root
        }
    }

    Component {
        id: row

        RowCard {
            card: root
        }
    }

    Component {
        id: hero

        HeroCard {
            card: root
        }
    }
}
