import QtQuick

// Why an item is suggested, in words of the shop. Says nothing of where the reason comes from.
Chip {
    id: root

    required property string reason
    required property string first
    required property string second
    required property bool taken

    // Two names need room to be read; the first earned more of the score.
    readonly property bool brief: second === "" || widest < Theme.px(560)

    text: taken ? qsTr("✓ Being added") : words_of(reason)
    ground: taken ? Theme.accept : Theme.mint
    ink: taken ? Theme.acceptInk : Theme.mintInk

    function words_of(kind: string): string {
        switch (kind) {
        case "goes_with":
            return brief ? qsTr("Goes with %1").arg(first) : qsTr("Goes with %1 and %2").arg(first).arg(second);
        case "popular_now":
            return qsTr("Popular right now");
        case "popular_here":
            return qsTr("Loved here");
        case "best_seller":
            return qsTr("Best seller");
        default:
            return qsTr("Pairs well");
        }
    }
}
