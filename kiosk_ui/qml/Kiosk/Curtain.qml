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

    Rings {}

    Item {
        id: inside
        anchors.fill: parent
    }
}
