<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>ActionButton</name>
    <message>
        <source>Waiting for the till…</source>
        <translation>Waiting for the till…</translation>
    </message>
    <message>
        <source>No longer offered</source>
        <translation>No longer offered</translation>
    </message>
    <message>
        <source>This sale is over</source>
        <translation>This sale is over</translation>
    </message>
    <message>
        <source>The offer has just changed</source>
        <translation>The offer has just changed</translation>
    </message>
    <message>
        <source>The till did not answer</source>
        <translation>The till did not answer</translation>
    </message>
    <message>
        <source>The till refused</source>
        <translation>The till refused</translation>
    </message>
</context>
<context>
    <name>ActionRow</name>
    <message>
        <source>Out of stock</source>
        <translation>Out of stock</translation>
    </message>
    <message>
        <source>Less like this</source>
        <translation>Less like this</translation>
    </message>
    <message>
        <source>Changed their mind</source>
        <translation>Changed their mind</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>Skip</translation>
    </message>
    <message>
        <source>Check the age</source>
        <translation>Check the age</translation>
    </message>
    <message>
        <source>Add to basket</source>
        <translation>Add to basket</translation>
    </message>
    <message>
        <source>Tap again to add</source>
        <translation>Tap again to add</translation>
    </message>
    <message>
        <source>Waiting for the till…</source>
        <translation>Waiting for the till…</translation>
    </message>
    <message>
        <source>✓ Accepted: now scan it</source>
        <translation>✓ Accepted: now scan&#xa0;it</translation>
    </message>
</context>
<context>
    <name>Alternate</name>
    <message>
        <source>✓ Accepted</source>
        <translation>✓ Accepted</translation>
    </message>
    <message>
        <source>Price at the till</source>
        <translation>Price at the till</translation>
    </message>
</context>
<context>
    <name>Attract</name>
    <message>
        <source>Welcome!</source>
        <translation>Welcome!</translation>
    </message>
    <message>
        <source>Good to see you</source>
        <translation>Good to see you</translation>
    </message>
    <message>
        <source>We will show what goes with your basket</source>
        <translation>We will show what goes with your basket</translation>
    </message>
    <message>
        <source>This checkout is open</source>
        <translation>This checkout is open</translation>
    </message>
</context>
<context>
    <name>BasketPanel</name>
    <message>
        <source>Your basket</source>
        <translation>Your basket</translation>
    </message>
    <message numerus="yes">
        <source>%n item(s)</source>
        <translation>
            <numerusform>%n item</numerusform>
            <numerusform>%n items</numerusform>
        </translation>
    </message>
    <message>
        <source>Item without a name</source>
        <translation>Item without a name</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>Total</translation>
    </message>
</context>
<context>
    <name>Cashier</name>
    <message>
        <source>Nothing to suggest for this basket</source>
        <translation>Nothing to suggest for this basket</translation>
    </message>
    <message>
        <source>Return of goods</source>
        <translation>Return of goods</translation>
    </message>
    <message>
        <source>Payment</source>
        <translation>Payment</translation>
    </message>
    <message>
        <source>Paying back</source>
        <translation>Paying back</translation>
    </message>
    <message>
        <source>Sale finished</source>
        <translation>Sale finished</translation>
    </message>
    <message>
        <source>Return finished</source>
        <translation>Return finished</translation>
    </message>
    <message>
        <source>Sale put aside</source>
        <translation>Sale put aside</translation>
    </message>
    <message>
        <source>Ready for the next sale</source>
        <translation>Ready for the next sale</translation>
    </message>
    <message>
        <source>No suggestions on a return</source>
        <translation>No suggestions on a return</translation>
    </message>
    <message>
        <source>No suggestions while the customer pays</source>
        <translation>No suggestions while the customer pays</translation>
    </message>
    <message>
        <source>It goes on when the till recalls it</source>
        <translation>It goes on when the till recalls it</translation>
    </message>
    <message>
        <source>Suggestions appear with the first item</source>
        <translation>Suggestions appear with the first item</translation>
    </message>
    <message>
        <source>Item without a name</source>
        <translation>Item without a name</translation>
    </message>
</context>
<context>
    <name>CashierHeader</name>
    <message>
        <source>Total</source>
        <translation>Total</translation>
    </message>
    <message numerus="yes">
        <source>%n item(s)</source>
        <translation>
            <numerusform>%n item</numerusform>
            <numerusform>%n items</numerusform>
        </translation>
    </message>
    <message>
        <source>Tillside</source>
        <translation>Tillside</translation>
    </message>
    <message numerus="yes">
        <source>Suggestions are %n day(s) old</source>
        <translation>
            <numerusform>Suggestions are %n day old</numerusform>
            <numerusform>Suggestions are %n days old</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Customer</name>
    <message>
        <source>One moment, please</source>
        <translation>One moment, please</translation>
    </message>
    <message>
        <source>Your basket is kept, the cashier will be right back</source>
        <translation>Your basket is kept, the cashier will be right back</translation>
    </message>
    <message>
        <source>Goes well with your basket</source>
        <translation>Goes well with your basket</translation>
    </message>
    <message>
        <source>Just tell the cashier and we will add it</source>
        <translation>Just tell the cashier and we will add it</translation>
    </message>
</context>
<context>
    <name>HeroFacts</name>
    <message>
        <source>“%1”</source>
        <translation>“%1”</translation>
    </message>
    <message>
        <source>It goes well with %1. Shall I add it?</source>
        <translation>It goes well with %1. Shall I add it?</translation>
    </message>
    <message>
        <source>It goes well with %1 and %2. Shall I add it?</source>
        <translation>It goes well with %1 and %2. Shall I add it?</translation>
    </message>
    <message>
        <source>Many take it at this hour. Shall I add it?</source>
        <translation>Many take it at this hour. Shall I add it?</translation>
    </message>
    <message>
        <source>People here love it. Shall I add it?</source>
        <translation>People here love it. Shall I add it?</translation>
    </message>
    <message>
        <source>It is our best seller. Shall I add it?</source>
        <translation>It is our best seller. Shall I add it?</translation>
    </message>
    <message>
        <source>Would you like this one today?</source>
        <translation>Would you like this one today?</translation>
    </message>
    <message>
        <source>It goes well with your basket. Shall I add it?</source>
        <translation>It goes well with your basket. Shall I add it?</translation>
    </message>
</context>
<context>
    <name>HeroPrice</name>
    <message>
        <source>Price at the till</source>
        <translation>Price at the till</translation>
    </message>
</context>
<context>
    <name>LatestLine</name>
    <message>
        <source>Just added</source>
        <translation>Just added</translation>
    </message>
    <message>
        <source>Item without a name</source>
        <translation>Item without a name</translation>
    </message>
</context>
<context>
    <name>PaidPlace</name>
    <message>
        <source>Advertisement · %1</source>
        <translation>Advertisement · %1</translation>
    </message>
    <message>
        <source>Code %1</source>
        <translation>Code %1</translation>
    </message>
</context>
<context>
    <name>PaymentLines</name>
    <message>
        <source>Change</source>
        <translation>Change</translation>
    </message>
    <message>
        <source>Cash</source>
        <translation>Cash</translation>
    </message>
    <message>
        <source>Card</source>
        <translation>Card</translation>
    </message>
    <message>
        <source>Cashless</source>
        <translation>Cashless</translation>
    </message>
    <message>
        <source>Bonus points</source>
        <translation>Bonus points</translation>
    </message>
    <message>
        <source>Paid in advance</source>
        <translation>Paid in advance</translation>
    </message>
    <message>
        <source>On credit</source>
        <translation>On credit</translation>
    </message>
    <message>
        <source>Paid</source>
        <translation>Paid</translation>
    </message>
</context>
<context>
    <name>PaymentStage</name>
    <message>
        <source>To be paid back</source>
        <translation>To be paid back</translation>
    </message>
    <message>
        <source>To pay</source>
        <translation>To pay</translation>
    </message>
    <message>
        <source>The cashier gives your money back</source>
        <translation>The cashier gives your money back</translation>
    </message>
    <message>
        <source>Please pay at the terminal or to the cashier</source>
        <translation>Please pay at the terminal or to the cashier</translation>
    </message>
</context>
<context>
    <name>PriceBlock</name>
    <message>
        <source>Price at the till</source>
        <translation>Price at the till</translation>
    </message>
</context>
<context>
    <name>RatingBar</name>
    <message>
        <source>How was your visit?</source>
        <translation>How was your visit?</translation>
    </message>
    <message>
        <source>Thank you for telling us</source>
        <translation>Thank you for telling us</translation>
    </message>
    <message>
        <source>Bad</source>
        <translation>Bad</translation>
    </message>
    <message>
        <source>All right</source>
        <translation>All right</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>Good</translation>
    </message>
    <message>
        <source>Excellent</source>
        <translation>Excellent</translation>
    </message>
</context>
<context>
    <name>Reason</name>
    <message>
        <source>✓ Being added</source>
        <translation>✓ Being added</translation>
    </message>
    <message>
        <source>Goes with %1</source>
        <translation>Goes with %1</translation>
    </message>
    <message>
        <source>Goes with %1 and %2</source>
        <translation>Goes with %1 and %2</translation>
    </message>
    <message>
        <source>With %1</source>
        <translation>With %1</translation>
    </message>
    <message>
        <source>Popular right now</source>
        <translation>Popular right now</translation>
    </message>
    <message>
        <source>Loved here</source>
        <translation>Loved here</translation>
    </message>
    <message>
        <source>Pairs well</source>
        <translation>Pairs well</translation>
    </message>
    <message>
        <source>Best seller</source>
        <translation>Best seller</translation>
    </message>
    <message>
        <source>Regular</source>
        <translation>Regular</translation>
    </message>
</context>
<context>
    <name>ReturnStage</name>
    <message>
        <source>Return of goods</source>
        <translation>Return of goods</translation>
    </message>
    <message>
        <source>The cashier takes the goods back</source>
        <translation>The cashier takes the goods back</translation>
    </message>
</context>
<context>
    <name>ScriptOrCode</name>
    <message>
        <source>Scan the item itself</source>
        <translation>Scan the item itself</translation>
    </message>
</context>
<context>
    <name>ThanksStage</name>
    <message>
        <source>Your return is complete</source>
        <translation>Your return is complete</translation>
    </message>
    <message>
        <source>Thank you for shopping with us!</source>
        <translation>Thank you for shopping with us!</translation>
    </message>
    <message>
        <source>See you again soon</source>
        <translation>See you again soon</translation>
    </message>
</context>
<context>
    <name>UndoButton</name>
    <message>
        <source>↩ Undo</source>
        <translation>↩ Undo</translation>
    </message>
    <message>
        <source>↩ Bring back %1</source>
        <translation>↩ Bring back %1</translation>
    </message>
</context>
</TS>
