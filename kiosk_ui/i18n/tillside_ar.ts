<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ar" sourcelanguage="en">
<context>
    <name>ActionButton</name>
    <message>
        <source>Waiting for the till…</source>
        <translation>بانتظار رد الصندوق…</translation>
    </message>
    <message>
        <source>No longer offered</source>
        <translation>لم يعد معروضًا</translation>
    </message>
    <message>
        <source>This sale is over</source>
        <translation>انتهت هذه الفاتورة</translation>
    </message>
    <message>
        <source>The offer has just changed</source>
        <translation>تغيّر العرض للتو</translation>
    </message>
    <message>
        <source>The till did not answer</source>
        <translation>لم يُجب الصندوق</translation>
    </message>
    <message>
        <source>The till refused</source>
        <translation>رفض الصندوق الطلب</translation>
    </message>
</context>
<context>
    <name>ActionRow</name>
    <message>
        <source>Out of stock</source>
        <translation>غير متوفر</translation>
    </message>
    <message>
        <source>Less like this</source>
        <translation>أقل من هذا</translation>
    </message>
    <message>
        <source>Changed their mind</source>
        <translation>تراجع الزبون</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>تخطٍّ</translation>
    </message>
    <message>
        <source>Check the age</source>
        <translation>تحقق من العمر</translation>
    </message>
    <message>
        <source>Add to basket</source>
        <translation>أضف إلى السلة</translation>
    </message>
    <message>
        <source>Tap again to add</source>
        <translation>اضغط مرة أخرى للإضافة</translation>
    </message>
    <message>
        <source>Waiting for the till…</source>
        <translation>بانتظار رد الصندوق…</translation>
    </message>
    <message>
        <source>✓ Accepted: now scan it</source>
        <translation>✓ تم القبول: امسح الصنف الآن</translation>
    </message>
</context>
<context>
    <name>Alternate</name>
    <message>
        <source>✓ Accepted</source>
        <translation>✓ تم القبول</translation>
    </message>
    <message>
        <source>Price at the till</source>
        <translation>السعر عند الصندوق</translation>
    </message>
</context>
<context>
    <name>Attract</name>
    <message>
        <source>Welcome!</source>
        <translation>أهلًا وسهلًا!</translation>
    </message>
    <message>
        <source>Good to see you</source>
        <translation>يسعدنا حضوركم</translation>
    </message>
    <message>
        <source>We will show what goes with your basket</source>
        <translation>سنعرض لكم ما يناسب مشترياتكم</translation>
    </message>
    <message>
        <source>This checkout is open</source>
        <translation>هذا الصندوق مفتوح</translation>
    </message>
</context>
<context>
    <name>BasketPanel</name>
    <message>
        <source>Your basket</source>
        <translation>سلتكم</translation>
    </message>
    <message numerus="yes">
        <source>%n item(s)</source>
        <translation>
            <numerusform>لا أصناف</numerusform>
            <numerusform>صنف واحد</numerusform>
            <numerusform>صنفان</numerusform>
            <numerusform>%n أصناف</numerusform>
            <numerusform>%n صنفًا</numerusform>
            <numerusform>%n صنف</numerusform>
        </translation>
    </message>
    <message>
        <source>Item without a name</source>
        <translation>صنف بلا اسم</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>المجموع</translation>
    </message>
</context>
<context>
    <name>Cashier</name>
    <message>
        <source>Nothing to suggest for this basket</source>
        <translation>لا اقتراحات لهذه السلة</translation>
    </message>
    <message>
        <source>Item without a name</source>
        <translation>صنف بلا اسم</translation>
    </message>
    <message>
        <source>Return of goods</source>
        <translation>إرجاع مشتريات</translation>
    </message>
    <message>
        <source>Payment</source>
        <translation>الدفع</translation>
    </message>
    <message>
        <source>Paying back</source>
        <translation>إعادة المبلغ</translation>
    </message>
    <message>
        <source>Sale finished</source>
        <translation>اكتمل البيع</translation>
    </message>
    <message>
        <source>Return finished</source>
        <translation>اكتمل الإرجاع</translation>
    </message>
    <message>
        <source>Sale put aside</source>
        <translation>عُلّقت الفاتورة</translation>
    </message>
    <message>
        <source>Ready for the next sale</source>
        <translation>جاهز للزبون التالي</translation>
    </message>
    <message>
        <source>No suggestions on a return</source>
        <translation>لا اقتراحات عند الإرجاع</translation>
    </message>
    <message>
        <source>No suggestions while the customer pays</source>
        <translation>لا اقتراحات أثناء الدفع</translation>
    </message>
    <message>
        <source>It goes on when the till recalls it</source>
        <translation>تُستكمل عندما يستدعيها الصندوق</translation>
    </message>
    <message>
        <source>Suggestions appear with the first item</source>
        <translation>تظهر الاقتراحات مع أول صنف</translation>
    </message>
</context>
<context>
    <name>CashierHeader</name>
    <message>
        <source>Total</source>
        <translation>المجموع</translation>
    </message>
    <message numerus="yes">
        <source>%n item(s)</source>
        <translation>
            <numerusform>لا أصناف</numerusform>
            <numerusform>صنف واحد</numerusform>
            <numerusform>صنفان</numerusform>
            <numerusform>%n أصناف</numerusform>
            <numerusform>%n صنفًا</numerusform>
            <numerusform>%n صنف</numerusform>
        </translation>
    </message>
    <message>
        <source>Tillside</source>
        <translation>Tillside</translation>
    </message>
    <message numerus="yes">
        <source>Suggestions are %n day(s) old</source>
        <translation>
            <numerusform>حُدّثت الاقتراحات اليوم</numerusform>
            <numerusform>حُدّثت الاقتراحات قبل يوم واحد</numerusform>
            <numerusform>حُدّثت الاقتراحات قبل يومين</numerusform>
            <numerusform>حُدّثت الاقتراحات قبل %n أيام</numerusform>
            <numerusform>حُدّثت الاقتراحات قبل %n يومًا</numerusform>
            <numerusform>حُدّثت الاقتراحات قبل %n يوم</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Customer</name>
    <message>
        <source>One moment, please</source>
        <translation>لحظة من فضلكم</translation>
    </message>
    <message>
        <source>Your basket is kept, the cashier will be right back</source>
        <translation>سلتكم محفوظة، وسيعود المحاسب حالًا</translation>
    </message>
    <message>
        <source>Goes well with your basket</source>
        <translation>يناسب مشترياتكم</translation>
    </message>
    <message>
        <source>Just tell the cashier and we will add it</source>
        <translation>أخبروا المحاسب وسنضيفه</translation>
    </message>
</context>
<context>
    <name>HeroFacts</name>
    <message>
        <source>“%1”</source>
        <translation>«%1»</translation>
    </message>
    <message>
        <source>It goes well with %1. Shall I add it?</source>
        <translation>يناسب %1 تمامًا. هل أضيفه؟</translation>
    </message>
    <message>
        <source>It goes well with %1 and %2. Shall I add it?</source>
        <translation>يناسب %1 و%2 تمامًا. هل أضيفه؟</translation>
    </message>
    <message>
        <source>Many take it at this hour. Shall I add it?</source>
        <translation>كثيرون يأخذونه في هذا الوقت. هل أضيفه؟</translation>
    </message>
    <message>
        <source>People here love it. Shall I add it?</source>
        <translation>زبائننا يحبونه. هل أضيفه؟</translation>
    </message>
    <message>
        <source>It is our best seller. Shall I add it?</source>
        <translation>هو الأكثر مبيعًا لدينا. هل أضيفه؟</translation>
    </message>
    <message>
        <source>Would you like this one today?</source>
        <translation>هل ترغب في هذا اليوم؟</translation>
    </message>
    <message>
        <source>It goes well with your basket. Shall I add it?</source>
        <translation>يناسب مشترياتكم. هل أضيفه؟</translation>
    </message>
</context>
<context>
    <name>HeroPrice</name>
    <message>
        <source>Price at the till</source>
        <translation>السعر عند الصندوق</translation>
    </message>
</context>
<context>
    <name>LatestLine</name>
    <message>
        <source>Just added</source>
        <translation>أُضيف للتو</translation>
    </message>
    <message>
        <source>Item without a name</source>
        <translation>صنف بلا اسم</translation>
    </message>
</context>
<context>
    <name>PaidPlace</name>
    <message>
        <source>Advertisement · %1</source>
        <translation>إعلان · %1</translation>
    </message>
    <message>
        <source>Code %1</source>
        <translation>الرمز %1</translation>
    </message>
</context>
<context>
    <name>PaymentLines</name>
    <message>
        <source>Change</source>
        <translation>الباقي</translation>
    </message>
    <message>
        <source>Cash</source>
        <translation>نقدًا</translation>
    </message>
    <message>
        <source>Card</source>
        <translation>بطاقة</translation>
    </message>
    <message>
        <source>Cashless</source>
        <translation>دفع إلكتروني</translation>
    </message>
    <message>
        <source>Bonus points</source>
        <translation>نقاط المكافآت</translation>
    </message>
    <message>
        <source>Paid in advance</source>
        <translation>مدفوع مسبقًا</translation>
    </message>
    <message>
        <source>On credit</source>
        <translation>بالأجل</translation>
    </message>
    <message>
        <source>Paid</source>
        <translation>مدفوع</translation>
    </message>
</context>
<context>
    <name>PaymentStage</name>
    <message>
        <source>To be paid back</source>
        <translation>المبلغ المُعاد</translation>
    </message>
    <message>
        <source>To pay</source>
        <translation>المطلوب دفعه</translation>
    </message>
    <message>
        <source>The cashier gives your money back</source>
        <translation>سيعيد إليكم المحاسب المبلغ</translation>
    </message>
    <message>
        <source>Please pay at the terminal or to the cashier</source>
        <translation>يُرجى الدفع عبر الجهاز أو لدى المحاسب</translation>
    </message>
</context>
<context>
    <name>PriceBlock</name>
    <message>
        <source>Price at the till</source>
        <translation>السعر عند الصندوق</translation>
    </message>
</context>
<context>
    <name>RatingBar</name>
    <message>
        <source>How was your visit?</source>
        <translation>كيف كانت زيارتكم؟</translation>
    </message>
    <message>
        <source>Thank you for telling us</source>
        <translation>شكرًا لرأيكم</translation>
    </message>
    <message>
        <source>Bad</source>
        <translation>سيئة</translation>
    </message>
    <message>
        <source>All right</source>
        <translation>مقبولة</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>جيدة</translation>
    </message>
    <message>
        <source>Excellent</source>
        <translation>ممتازة</translation>
    </message>
</context>
<context>
    <name>Reason</name>
    <message>
        <source>✓ Being added</source>
        <translation>✓ تجري إضافته</translation>
    </message>
    <message>
        <source>Goes with %1 and %2</source>
        <translation>مع %1 و%2</translation>
    </message>
    <message>
        <source>Goes with %1</source>
        <translation>يناسب %1</translation>
    </message>
    <message>
        <source>With %1</source>
        <translation>مع %1</translation>
    </message>
    <message>
        <source>Popular right now</source>
        <translation>رائج الآن</translation>
    </message>
    <message>
        <source>Loved here</source>
        <translation>محبوب هنا</translation>
    </message>
    <message>
        <source>Best seller</source>
        <translation>الأكثر مبيعًا</translation>
    </message>
    <message>
        <source>Regular</source>
        <translation>زبون دائم</translation>
    </message>
    <message>
        <source>Pairs well</source>
        <translation>يناسبكم</translation>
    </message>
</context>
<context>
    <name>ReturnStage</name>
    <message>
        <source>Return of goods</source>
        <translation>إرجاع مشتريات</translation>
    </message>
    <message>
        <source>The cashier takes the goods back</source>
        <translation>سيستلم المحاسب المشتريات المُرجعة</translation>
    </message>
</context>
<context>
    <name>ScriptOrCode</name>
    <message>
        <source>Scan the item itself</source>
        <translation>امسح الصنف نفسه</translation>
    </message>
</context>
<context>
    <name>ThanksStage</name>
    <message>
        <source>Your return is complete</source>
        <translation>اكتمل الإرجاع</translation>
    </message>
    <message>
        <source>Thank you for shopping with us!</source>
        <translation>شكرًا لتسوقكم معنا!</translation>
    </message>
    <message>
        <source>See you again soon</source>
        <translation>نراكم قريبًا</translation>
    </message>
</context>
<context>
    <name>UndoButton</name>
    <message>
        <source>↩ Undo</source>
        <translation>↪ تراجع</translation>
    </message>
    <message>
        <source>↩ Bring back %1</source>
        <translation>↪ استعادة %1</translation>
    </message>
</context>
</TS>
