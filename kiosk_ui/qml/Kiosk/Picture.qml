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
        // A size of nothing is asked for while the layout is not done.
        source: root.source !== "" && root.width >= 1 && root.height >= 1 ? root.source + "/" + root.radius : ""
        sourceSize: Qt.size(Math.round(root.width), Math.round(root.height))
        cache: false
    }
}
