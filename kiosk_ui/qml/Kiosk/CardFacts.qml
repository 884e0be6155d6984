import QtQuick

// What a card of the customer's face is told. ProductCard draws it; TallCard, RowCard and HeroCard arrange what is on it.
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
    required property string unitLine
    required property string reason
    required property string reasonFirst
    required property string reasonSecond
    required property string sponsor
    required property string code
    required property int ageLimit
    required property bool taken
    required property bool keepOldPrice
    required property bool keepUnitLine
    required property bool keepSponsor

    readonly property int pad: Theme.px(18)
    readonly property string sponsorText: PaidPlace.told(sponsor, code)
}
