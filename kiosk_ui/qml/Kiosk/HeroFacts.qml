import QtQuick

// What the suggestion to offer now is told, and the sentence to say for it. CashierHero and DockHero arrange what is on it.
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
    required property string code
    required property int ageLimit
    required property bool taken
    required property bool regular
    required property string barcode
    required property var bars

    readonly property string sentence: qsTr("“%1”").arg(pitch === "" ? general(reason) : pitch)

    color: Theme.card
    radius: Theme.px(24)
    border.width: Math.max(2, Theme.px(3))
    border.color: Theme.accept

    // For items without a sentence of their own.
    function general(kind: string): string {
        switch (kind) {
        case "goes_with":
            if (reasonSecond === "")
                return qsTr("It goes well with %1. Shall I add it?").arg(reasonFirst);
            // Both at once, as in Reason.
            return qsTr("It goes well with %1 and %2. Shall I add it?").replace(/%[12]/g, place => place === "%1" ? reasonFirst : reasonSecond);
        case "popular_now":
            return qsTr("Many take it at this hour. Shall I add it?");
        case "popular_here":
            return qsTr("People here love it. Shall I add it?");
        case "best_seller":
            return qsTr("It is our best seller. Shall I add it?");
        case "campaign":
        case "regular":
            return qsTr("Would you like this one today?");
        default:
            return qsTr("It goes well with your basket. Shall I add it?");
        }
    }
}
