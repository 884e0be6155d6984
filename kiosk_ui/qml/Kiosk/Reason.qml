import QtQuick

// Why an item is suggested, in words of the shop, or what a campaign says of it. Says nothing of where the reason comes from.
Chip {
    id: root

    required property string reason
    required property string first
    required property string second
    required property bool taken

    // Two are named if both can be read whole; the first earned more of the score.
    readonly property int room: widest - 2 * padding

    text: taken ? qsTr("✓ Being added") : words_of(reason)
    ground: taken ? Theme.accept : Theme.mint
    ink: taken ? Theme.acceptInk : Theme.mintInk

    TextMetrics {
        id: both
        font: root.font
        // Both at once: a second arg() would take the %1 of a name like "Milk 2%1l" for a place.
        text: qsTr("Goes with %1 and %2").replace(/%[12]/g, place => place === "%1" ? root.first : root.second)
    }

    TextMetrics {
        id: one
        font: root.font
        text: qsTr("Goes with %1").arg(root.first)
    }

    function words_of(kind: string): string {
        switch (kind) {
        case "goes_with":
            if (second !== "" && Math.ceil(both.advanceWidth) < room)
                return both.text;
            return Math.ceil(one.advanceWidth) < room ? one.text : qsTr("With %1").arg(first);
        case "campaign":
            return first;
        case "popular_now":
            return qsTr("Popular right now");
        case "popular_here":
            return qsTr("Loved here");
        case "best_seller":
            return qsTr("Best seller");
        case "regular":
            return qsTr("Regular");
        default:
            return qsTr("Pairs well");
        }
    }
}
