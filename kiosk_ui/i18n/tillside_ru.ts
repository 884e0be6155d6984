<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru" sourcelanguage="en">
<context>
    <name>ActionButton</name>
    <message>
        <source>Waiting for the till…</source>
        <translation>Ждём ответа кассы…</translation>
    </message>
    <message>
        <source>No longer offered</source>
        <translation>Уже не предлагается</translation>
    </message>
    <message>
        <source>This sale is over</source>
        <translation>Чек уже закрыт</translation>
    </message>
    <message>
        <source>The offer has just changed</source>
        <translation>Предложение только что сменилось</translation>
    </message>
    <message>
        <source>The till did not answer</source>
        <translation>Касса не ответила</translation>
    </message>
    <message>
        <source>The till refused</source>
        <translation>Касса отказала</translation>
    </message>
</context>
<context>
    <name>ActionRow</name>
    <message>
        <source>Out of stock</source>
        <translation>Нет в&#xa0;наличии</translation>
    </message>
    <message>
        <source>Less like this</source>
        <translation>Больше не&#xa0;предлагать</translation>
    </message>
    <message>
        <source>Changed their mind</source>
        <translation>Передумали</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>Пропустить</translation>
    </message>
    <message>
        <source>Check the age</source>
        <translation>Проверьте возраст</translation>
    </message>
    <message>
        <source>Add to basket</source>
        <translation>Добавить в&#xa0;чек</translation>
    </message>
    <message>
        <source>Tap again to add</source>
        <translation>Нажмите ещё раз, чтобы добавить</translation>
    </message>
    <message>
        <source>Waiting for the till…</source>
        <translation>Ждём ответа кассы…</translation>
    </message>
    <message>
        <source>✓ Accepted: now scan it</source>
        <translation>✓ Принято: отсканируйте</translation>
    </message>
</context>
<context>
    <name>Alternate</name>
    <message>
        <source>✓ Accepted</source>
        <translation>✓ Принято</translation>
    </message>
    <message>
        <source>Price at the till</source>
        <translation>Цена на кассе</translation>
    </message>
</context>
<context>
    <name>Attract</name>
    <message>
        <source>Welcome!</source>
        <translation>Добро пожаловать!</translation>
    </message>
    <message>
        <source>Good to see you</source>
        <translation>Рады вас видеть</translation>
    </message>
    <message>
        <source>We will show what goes with your basket</source>
        <translation>Подскажем, что подойдёт к вашей покупке</translation>
    </message>
    <message>
        <source>This checkout is open</source>
        <translation>Касса работает</translation>
    </message>
</context>
<context>
    <name>BasketPanel</name>
    <message>
        <source>Your basket</source>
        <translation>Ваш чек</translation>
    </message>
    <message numerus="yes">
        <source>%n item(s)</source>
        <translation>
            <numerusform>%n позиция</numerusform>
            <numerusform>%n позиции</numerusform>
            <numerusform>%n позиций</numerusform>
        </translation>
    </message>
    <message>
        <source>Item without a name</source>
        <translation>Товар без названия</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>Итого</translation>
    </message>
</context>
<context>
    <name>Cashier</name>
    <message>
        <source>Nothing to suggest for this basket</source>
        <translation>Для этой покупки подсказок нет</translation>
    </message>
    <message>
        <source>Return of goods</source>
        <translation>Возврат товара</translation>
    </message>
    <message>
        <source>Payment</source>
        <translation>Оплата</translation>
    </message>
    <message>
        <source>Paying back</source>
        <translation>Выплата покупателю</translation>
    </message>
    <message>
        <source>Sale finished</source>
        <translation>Чек закрыт</translation>
    </message>
    <message>
        <source>Return finished</source>
        <translation>Возврат завершён</translation>
    </message>
    <message>
        <source>Sale put aside</source>
        <translation>Чек отложен</translation>
    </message>
    <message>
        <source>Ready for the next sale</source>
        <translation>Касса готова к новому чеку</translation>
    </message>
    <message>
        <source>No suggestions on a return</source>
        <translation>При возврате подсказок нет</translation>
    </message>
    <message>
        <source>No suggestions while the customer pays</source>
        <translation>Пока покупатель платит, подсказок нет</translation>
    </message>
    <message>
        <source>It goes on when the till recalls it</source>
        <translation>Продолжим, когда касса вернёт чек</translation>
    </message>
    <message>
        <source>Suggestions appear with the first item</source>
        <translation>Подсказки появятся с первым товаром</translation>
    </message>
    <message>
        <source>Item without a name</source>
        <translation>Товар без названия</translation>
    </message>
</context>
<context>
    <name>CashierHeader</name>
    <message>
        <source>Total</source>
        <translation>Итого</translation>
    </message>
    <message numerus="yes">
        <source>%n item(s)</source>
        <translation>
            <numerusform>%n позиция</numerusform>
            <numerusform>%n позиции</numerusform>
            <numerusform>%n позиций</numerusform>
        </translation>
    </message>
    <message>
        <source>Tillside</source>
        <translation>Tillside</translation>
    </message>
    <message numerus="yes">
        <source>Suggestions are %n day(s) old</source>
        <translation>
            <numerusform>Подсказки обновлены %n день назад</numerusform>
            <numerusform>Подсказки обновлены %n дня назад</numerusform>
            <numerusform>Подсказки обновлены %n дней назад</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Customer</name>
    <message>
        <source>One moment, please</source>
        <translation>Одну минуту</translation>
    </message>
    <message>
        <source>Your basket is kept, the cashier will be right back</source>
        <translation>Чек сохранён, кассир скоро вернётся</translation>
    </message>
    <message>
        <source>Goes well with your basket</source>
        <translation>К вашей покупке подойдёт</translation>
    </message>
    <message>
        <source>Just tell the cashier and we will add it</source>
        <translation>Скажите кассиру — добавим в чек</translation>
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
        <translation>К %1 хорошо подойдёт. Добавить?</translation>
    </message>
    <message>
        <source>It goes well with %1 and %2. Shall I add it?</source>
        <translation>Хорошо подойдёт к %1 и %2. Добавить?</translation>
    </message>
    <message>
        <source>Many take it at this hour. Shall I add it?</source>
        <translation>В это время его часто берут. Добавить?</translation>
    </message>
    <message>
        <source>People here love it. Shall I add it?</source>
        <translation>У нас это любят. Добавить?</translation>
    </message>
    <message>
        <source>It is our best seller. Shall I add it?</source>
        <translation>Это хит продаж. Добавить?</translation>
    </message>
    <message>
        <source>Would you like this one today?</source>
        <translation>Сегодня это возьмёте?</translation>
    </message>
    <message>
        <source>It goes well with your basket. Shall I add it?</source>
        <translation>Хорошо подойдёт к покупке. Добавить?</translation>
    </message>
</context>
<context>
    <name>HeroPrice</name>
    <message>
        <source>Price at the till</source>
        <translation>Цена на кассе</translation>
    </message>
</context>
<context>
    <name>LatestLine</name>
    <message>
        <source>Just added</source>
        <translation>Только что добавили</translation>
    </message>
    <message>
        <source>Item without a name</source>
        <translation>Товар без названия</translation>
    </message>
</context>
<context>
    <name>PaidPlace</name>
    <message>
        <source>Advertisement · %1</source>
        <translation>Реклама · %1</translation>
    </message>
    <message>
        <source>Code %1</source>
        <translation>Код %1</translation>
    </message>
</context>
<context>
    <name>PaymentLines</name>
    <message>
        <source>Change</source>
        <translation>Сдача</translation>
    </message>
    <message>
        <source>Cash</source>
        <translation>Наличные</translation>
    </message>
    <message>
        <source>Card</source>
        <translation>Карта</translation>
    </message>
    <message>
        <source>Cashless</source>
        <translation>Безналичные</translation>
    </message>
    <message>
        <source>Bonus points</source>
        <translation>Бонусы</translation>
    </message>
    <message>
        <source>Paid in advance</source>
        <translation>Аванс</translation>
    </message>
    <message>
        <source>On credit</source>
        <translation>В кредит</translation>
    </message>
    <message>
        <source>Paid</source>
        <translation>Оплачено</translation>
    </message>
</context>
<context>
    <name>PaymentStage</name>
    <message>
        <source>To be paid back</source>
        <translation>К возврату</translation>
    </message>
    <message>
        <source>To pay</source>
        <translation>К оплате</translation>
    </message>
    <message>
        <source>The cashier gives your money back</source>
        <translation>Кассир вернёт вам деньги</translation>
    </message>
    <message>
        <source>Please pay at the terminal or to the cashier</source>
        <translation>Оплатите на терминале или у кассира</translation>
    </message>
</context>
<context>
    <name>PriceBlock</name>
    <message>
        <source>Price at the till</source>
        <translation>Цена на кассе</translation>
    </message>
</context>
<context>
    <name>RatingBar</name>
    <message>
        <source>How was your visit?</source>
        <translation>Как вам у нас?</translation>
    </message>
    <message>
        <source>Thank you for telling us</source>
        <translation>Спасибо за оценку</translation>
    </message>
    <message>
        <source>Bad</source>
        <translation>Плохо</translation>
    </message>
    <message>
        <source>All right</source>
        <translation>Нормально</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>Хорошо</translation>
    </message>
    <message>
        <source>Excellent</source>
        <translation>Отлично</translation>
    </message>
</context>
<context>
    <name>Reason</name>
    <message>
        <source>✓ Being added</source>
        <translation>✓ Добавляем</translation>
    </message>
    <message>
        <source>Goes with %1</source>
        <translation>К %1</translation>
    </message>
    <message>
        <source>Goes with %1 and %2</source>
        <translation>К %1 и %2</translation>
    </message>
    <message>
        <source>With %1</source>
        <translation>К %1</translation>
    </message>
    <message>
        <source>Popular right now</source>
        <translation>Часто берут</translation>
    </message>
    <message>
        <source>Loved here</source>
        <translation>Любят здесь</translation>
    </message>
    <message>
        <source>Pairs well</source>
        <translation>Хорошая пара</translation>
    </message>
    <message>
        <source>Best seller</source>
        <translation>Хит продаж</translation>
    </message>
    <message>
        <source>Regular</source>
        <translation>Постоянный</translation>
    </message>
</context>
<context>
    <name>ReturnStage</name>
    <message>
        <source>Return of goods</source>
        <translation>Возврат товара</translation>
    </message>
    <message>
        <source>The cashier takes the goods back</source>
        <translation>Кассир принимает товар обратно</translation>
    </message>
</context>
<context>
    <name>ScriptOrCode</name>
    <message>
        <source>Scan the item itself</source>
        <translation>Отсканируйте сам товар</translation>
    </message>
</context>
<context>
    <name>ThanksStage</name>
    <message>
        <source>Your return is complete</source>
        <translation>Возврат оформлен</translation>
    </message>
    <message>
        <source>Thank you for shopping with us!</source>
        <translation>Спасибо за покупку!</translation>
    </message>
    <message>
        <source>See you again soon</source>
        <translation>Ждём вас снова</translation>
    </message>
</context>
<context>
    <name>UndoButton</name>
    <message>
        <source>↩ Undo</source>
        <translation>↩ Вернуть</translation>
    </message>
    <message>
        <source>↩ Bring back %1</source>
        <translation>↩ Вернуть: %1</translation>
    </message>
</context>
</TS>
