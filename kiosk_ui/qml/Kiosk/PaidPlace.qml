pragma Singleton
import QtQuick

// What a card says of who pays for its place, and of the code that the till needs for the price. Both faces say it alike.
QtObject {
    function told(sponsor: string, code: string): string {
        const paid = sponsor === "" ? "" : qsTr("Advertisement · %1").arg(sponsor);
        const named = code === "" ? "" : qsTr("Code %1").arg(code);
        return [paid, named].filter(text => text !== "").join(" · ");
    }
}
