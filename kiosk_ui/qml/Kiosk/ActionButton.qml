import QtQuick
import Kiosk.Link

// A button of the cashier. Acts when the finger leaves it inside; what became of the act is said here, under the finger.
Rectangle {
    id: root

    required property Face face
    required property string verb
    required property string label
    // The verb the daemon is told, where it is not the button's own.
    property string told: verb
    property string note: ""
    property string mark: ""
    property bool primary: false
    property bool caution: false
    // Beside the till's own program, where letters have less room than fingers.
    property bool compact: false
    property string suggestionId: ""

    readonly property bool refused: face.noticeVerb === told
    // Of three one above the other in a strip: two lines have to do with less.
    readonly property bool low: compact && height < Theme.px(60)
    readonly property bool late: face.lateVerb === told
    readonly property color words: refused || caution ? Theme.warnInk : primary ? Theme.acceptInk : Theme.ink

    objectName: "tap:" + verb
    enabled: face.active
    opacity: enabled ? 1 : 0.4
    radius: Theme.px(20)
    color: refused || caution ? (tap.pressed ? Theme.pressed : Theme.warn) : primary ? (tap.pressed ? Theme.acceptPressed : Theme.accept) : tap.pressed ? Theme.pressed : Theme.card
    border.width: primary && !refused && !caution ? 0 : Math.max(2, Theme.px(2))
    border.color: refused || caution ? Theme.warnInk : Theme.outline

    TapHandler {
        id: tap
        gesturePolicy: TapHandler.ReleaseWithinBounds
        acceptedButtons: Qt.LeftButton
        longPressThreshold: 3 // seconds, as the state's own rule: Qt's 0.8 loses taps on a busy machine
        onPressedChanged: pressed ? root.face.fingerDown(root.verb, root.suggestionId) : root.face.fingerUp(root.verb)
        onTapped: root.face.tap(root.verb)
    }

    Column {
        anchors.centerIn: parent
        width: parent.width - 2 * Theme.px(root.compact ? 9 : 14)
        spacing: Theme.px(2)

        Words {
            width: parent.width
            visible: text !== "" && !root.refused && !root.late && !root.compact
            text: root.mark
            color: root.words
            horizontalAlignment: Text.AlignHCenter
            font.pixelSize: Theme.type(root.compact ? 26 : 30)
            font.weight: Font.Bold
        }

        WholeWords {
            width: parent.width
            text: root.refused ? root.why(root.face.noticeWhy) : root.late ? qsTr("Waiting for the till…") : root.compact && root.mark !== "" ? root.mark + " · " + root.label : root.label
            size: root.primary && !root.refused ? (root.compact ? (root.mark === "" ? 30 : 24) : 34) : root.low ? 18 : root.compact ? 22 : 26
            color: root.words
            horizontalAlignment: Text.AlignHCenter
            maximumLineCount: 3
            elide: Text.ElideRight
            font.weight: Font.Bold
        }

        Words {
            width: parent.width
            visible: text !== "" && !root.refused && !root.late
            text: root.note
            color: root.words
            horizontalAlignment: Text.AlignHCenter
            font.pixelSize: Theme.type(root.compact ? 17 : 20)
        }
    }

    function why(word: string): string {
        switch (word) {
        case "gone":
            return qsTr("No longer offered");
        case "closed":
            return qsTr("This sale is over");
        case "stale":
            return qsTr("The offer has just changed");
        case "timeout":
        case "lost":
            return qsTr("The till did not answer");
        default:
            return qsTr("The till refused");
        }
    }
}
