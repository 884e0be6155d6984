pragma ComponentBehavior: Bound

import QtQuick

// Brand over the whole screen: between sales, and for thanks.
Rectangle {
    id: root

    default property alias content: inside.data

    clip: true
    gradient: Gradient {
        GradientStop {
            position: 0
            color: Theme.brand
        }
        GradientStop {
            position: 1
            color: Theme.brandDeep
        }
    }

    Repeater {
        model: [1.5, 1.12, 0.74]

        Rectangle {
            required property real modelData
            width: root.height * modelData
            height: width
            radius: width / 2
            x: root.width * 0.86 - width / 2
            y: root.height * 0.9 - height / 2
            color: "transparent"
            border.width: Theme.px(3)
            border.color: Theme.brandRing
        }
    }

    Item {
        id: inside
        anchors.fill: parent
    }
}
