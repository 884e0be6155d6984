pragma ComponentBehavior: Bound

import QtQuick

// Bars a scanner reads: black on white in every theme, whole pixels a module, quiet zones kept, digits below.
Rectangle {
    id: root

    // Each bar is first module, width, whether it is a guard; empty when the code has no bars.
    required property var bars
    required property string digits

    readonly property int modules: bars.length === 0 ? 0 : bars[bars.length - 1][0] + bars[bars.length - 1][1]
    // 11 modules of quiet on the left, 7 on the right; the same on both sides looks right and hurts nobody.
    readonly property int module: modules === 0 ? 0 : Math.floor(width / (modules + 22))

    color: "#FFFFFF"
    radius: Theme.px(10)

    Repeater {
        model: root.bars

        Rectangle {
            required property var modelData
            x: Math.round((root.width - root.modules * root.module) / 2) + modelData[0] * root.module
            y: Theme.px(16)
            width: modelData[1] * root.module
            height: root.height - digits.height - Theme.px(modelData[2] ? 20 : 30)
            color: "#000000"
            antialiasing: false
        }
    }

    Words {
        id: digits
        anchors {
            horizontalCenter: parent.horizontalCenter
            bottom: root.modules === 0 ? undefined : parent.bottom
            bottomMargin: Theme.px(4)
            verticalCenter: root.modules === 0 ? parent.verticalCenter : undefined
        }
        text: root.digits
        color: "#000000"
        columns: true
        wrapMode: Text.NoWrap
        font.pixelSize: Theme.type(root.modules === 0 ? 40 : 24)
        font.weight: Font.Medium
        font.letterSpacing: Theme.px(2)
    }
}
