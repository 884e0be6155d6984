import QtQuick

// A product's picture with baked corners, or its placeholder: the department's colour and the name's first letter.
Item {
    id: root

    objectName: "picture"
    required property string source
    required property string initial
    required property int colour
    property int radius: Theme.px(18)

    Rectangle {
        anchors.fill: parent
        radius: root.radius
        visible: root.source === ""
        color: Theme.grounds[root.colour]

        Words {
            anchors.centerIn: parent
            display: true
            text: root.initial
            color: Theme.letters[root.colour]
            font.pixelSize: Math.max(1, Math.round(Math.min(root.width, root.height) * 0.5))
            font.weight: Font.Bold
        }
    }

    Image {
        anchors.fill: parent
        visible: root.source !== ""
        // Asked for once, when all around it has its place: each size that it has on the way there takes as long to draw as the last.
        // A card that was taken away has no window, and lives on until the loop comes to it.
        Binding on source {
            when: !Theme.arranging && root.Window.window !== null
            value: root.source !== "" && root.width >= 1 && root.height >= 1 ? `${root.source}/${root.radius}/${Math.round(root.width)}x${Math.round(root.height)}` : ""
            restoreMode: Binding.RestoreNone
        }
        cache: false
    }
}
