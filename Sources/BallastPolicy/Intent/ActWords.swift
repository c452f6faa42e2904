/// The words themselves. A word may stand for several kinds: what ordinary language does not separate is licensed
/// together, and what is asked about then is decided by where the values come from.
extension ActLexicon {
    /// Verbs that are hardly ever anything else.
    static let verbs: [ActKind: String] = [
        .send: """
        send resend forward reply respond notify inform alert remind tell write contact dm congratulate thank invite
        apologize apologise redirect deliver relay announce ask report introduce compliment praise escalate mention
        disclose greet
        """,
        .publish:
            """
        publish announce tweet retweet broadcast advertise upload react respond reply write share upvote downvote
        vote leave
        """,
        .share: "grant forward upload allow permit authorize authorise give send delegate entitle expose publish",
        .invite: "invite add include onboard enroll enrol bring introduce admit register",
        .create: """
        create add make generate write compose prepare save insert duplicate register upload append put arrange
        organize organise establish build store capture enter open start produce submit install import define
        reserve assign append include jot compile initiate launch publish transcribe outline
        """,
        .change: """
        modify edit adjust alter amend correct rename reschedule postpone extend shorten reset replace append add
        insert put include complete assign reassign convert raise lower decrease reduce upgrade downgrade restore
        revert undo enable disable activate deactivate toggle rewrite revise merge swap accept decline approve
        reject confirm rsvp cancel reopen unsubscribe subscribe renew save organize organise configure customize
        customise freeze unfreeze lock unlock unblock pause resume adapt overwrite prepend remove write fill improve
        translate format reformat reorganize reorganise redo rearrange adopt apply introduce shift pin unpin mute
        unmute increase prolong strengthen secure verify update make prepone bring rotate invite exclude finalize
        finalise rebook leave join attach double halve triple relocate
        """,
        .delete: """
        delete remove erase cancel discard purge wipe revoke uninstall unshare unfollow expel withdraw terminate
        deactivate evict dismiss clear eliminate unsend retract disinvite uninvite scrap destroy rescind void
        exclude
        """,
        .pay: """
        pay repay reimburse remit donate settle buy compensate contribute invest renew prepay remunerate subscribe
        acquire checkout
        """,
        .book: "reserve hire rebook arrange rent secure organize organise",
        .fetch: """
        read open fetch get download retrieve load access summarize summarise extract scrape crawl lookup translate
        """,
        .run: """
        execute launch start restart deploy install trigger rerun kill stop compile reboot terminate redeploy
        """,
    ]

    /// Verbs that are nouns or adjectives too.
    static let nounVerbs: [ActKind: String] = [
        .send: "email e-mail mail message text ping answer post warn update note transfer signal fax chat comment",
        .publish: "post comment blog release share message",
        .share: "share",
        .invite: "welcome",
        .create: """
        draft schedule plan record note log copy book set document block form post file compose comment design
        export backup screenshot clone sketch project issue
        """,
        .change: """
        change update fix move delay set switch tag label flag archive archiv sort bump close rate rank star note
        log schedule trim cut lower correct complete clean tidy empty balance mark push limit color colour title
        sign process file record block plan
        """,
        .delete: "clear drop trash kick ban empty clean close cut block trim strip erase",
        .pay: """
        transfer wire refund tip purchase order charge deposit fund cover bill split credit top balance clear
        """,
        .book: "book rent schedule plan order block hold",
        .fetch: "visit browse check look search view access scan review click query quote summary link surf",
        .run: "run build test start restart command script deploy",
    ]

    /// Verbs that are about money only where money is spoken of.
    static let movesMoney = """
        send give return make set schedule update change adjust move put forward add create arrange start modify
        increase decrease raise lower settle process
        """

    /// Several words for one act, by kind; `*` stands for one to four others.
    static let phrasesByKind: [ActKind: String] = [
        .send: """
        let * know, get * to know, get back to, reach out to, get in touch, drop * a line, drop * a note, drop a
        line, drop a note, pass on, pass * on, shoot * an, follow up with, follow up on, follow up by, check in
        with, give * a heads up, send out, spread the word, give * a shout, fill * in on, keep * posted, keep *
        informed, wish *, say hi, say hello, touch base, make an announcement, copy * on, cc *, say thanks, say
        thank
        """,
        .publish: "put * up on, put * online, go live, make * public, spread the word, let everyone know, put up",
        .share: """
        give * access, give * permission, give * permissions, give * read, give * write, make * available, make *
        public, make * visible, hand over, pass * on to, let * see, let * read, let * access, let * edit, let * view
        """,
        .invite: """
        ask * to join, ask * to come, bring * in, send * invite, send * invites, send * invitation, send *
        invitations, let * join, sign * up, put * on the, have * join, get * to join
        """,
        .create: """
        set up, set * up, turn * into, put together, come up with, write down, write up, note down, jot down, take
        note, take notes, put * on my, put * in my, put * on the, put * in the, put * into, make sure there is, fill
        in, fill out, start a, open a, sign up, sign me up, sign * up, back up, block off, block out, pencil in,
        keep a record, pop * in my, pop * on my, remind me
        """,
        .change: """
        set up, set * up, turn * into, turn on, turn off, turn * on, turn * off, push back, push * back, bring
        forward, bring * forward, move * to, fill in, fill out, clean up, clean * up, tidy up, sort out, switch on,
        switch off, put * on, put * in, put * into, take * off, take * out, mark * as, put off, put * off, call off,
        make adjustments, make changes, make * adjustments, make * changes, make corrections, get * updated, swap
        out, rule out, check off, tick off, cross off, sign up, opt out, opt in, unsubscribe from, roll back, scale
        up, scale down, make * longer, make * shorter, make * last, make it, carry over, kick out, bring * up to
        date, keep * up to date
        """,
        .delete: """
        get rid of, tidy up, throw away, throw out, throw * away, throw * out, take down, take * down, take off,
        take * off, take out, take * out, clean up, clean * up, clean out, clear out, clear up, call off, kick out,
        kick * out, kick * from, block *, cut off, wipe out, opt out, unsubscribe from, strip * from, do away with,
        shut down, cross * off
        """,
        .pay: """
        pay back, pay off, top up, top * up, give * back, chip in, set up * payment, set up * transfer, set up *
        order, set * standing order, cover * share, cover the, cover my, send * money, transfer * money, split the,
        split * bill, stand * order, pick up the, foot the, square up, settle up, cash out
        """,
        .book: """
        get me a, get us a, get me on, get us on, find me a, find us a, check me in, check in, make a reservation,
        make reservations, make * reservation, make * reservations, make a booking, make * booking, make * bookings,
        set up * appointment, set up * meeting, sign me up, sign up, save me a, hold a, grab a, grab me, put me down
        """,
        .fetch: """
        look at, look up, look into, look through, go to, go through, go over, navigate to, click on, take a look,
        have a look, check out, pull up
        """,
        .run: "kick off, fire up, start up, shut down, spin up, bring up, tear down, roll out, roll back",
    ]

    /// Nouns that name an act when they are the object of "make", "do", "place", "need" and their like.
    static let deedsByKind: [ActKind: String] = [
        .send: "email message reply response announcement note reminder notification answer call invitation invite",
        .publish: "post announcement publication comment review tweet",
        .share: "share",
        .invite: "invitation invitations invite invites",
        .create: """
        copy note list file event appointment meeting entry draft document reminder record backup folder channel
        account reservation booking task ticket calendar invitation report transaction page issue
        """,
        .change: """
        change changes update updates adjustment adjustments correction corrections edit edits modification
        """,
        .delete: "cancellation deletion removal",
        .pay: """
        payment payments transfer transfers refund refunds donation purchase purchases order orders deposit
        reimbursement contribution transaction transactions standing repayment
        """,
        .book: """
        reservation reservations booking bookings appointment appointments table room flight hotel ticket tickets
        taxi seat seats ride
        """,
        .fetch: "look search summary",
        .run: "deployment build run test restart",
    ]

    /// Things that are fetched.
    static let pages: Set<String> = [
        "article", "articles", "website", "websites", "site", "webpage", "page", "pages", "link", "links", "url",
        "urls",
        "blog", "web", "online", "internet",
    ]

    /// Words at the head of a sentence that ask for an answer only, or for nothing.
    static let harmless: Set<String> = Set(
        """
        show list find search see count calculate compute compare explain describe define analyze analyse identify
        determine suggest recommend advise estimate predict name tell give say repeat rank rate evaluate examine
        inspect investigate review verify detect locate pick choose select highlight spell quote recall remember
        clarify discuss guess sum total average figure consider think imagine assume suppose note know want need
        wish hope like help try thank what who whom whose which when where why how is are was were am be been being
        do does did done have has had having can could will would shall should may might must i you he she it we
        they me him her us them my your his its our their mine yours this that these those there here the a an some
        any no not none all every each both either neither and or but nor so yet if then else because since while
        although though unless until before after during as at by for from in into of off on onto out over to toward
        towards up with within without about above across against along among around behind below beneath beside
        between beyond despite down except inside like near outside past per through throughout under upon via hello
        hi hey dear yes yeah ok okay sure thanks please now today tomorrow yesterday tonight also just only even
        still already again maybe perhaps first second third finally lastly next last recently usually sometimes
        often never always once twice soon later earlier additionally furthermore moreover however therefore
        otherwise instead meanwhile regarding concerning according based given using let lets make sure monday
        tuesday wednesday thursday friday saturday sunday january february march april june july august september
        october november december got told said sent gave paid asked received heard saw mr mrs ms dr
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    /// Whether the words speak of money at all.
    static let money: Set<String> = [
        "money", "payment", "payments", "rent", "bill", "bills", "invoice", "invoices", "refund", "refunds", "amount",
        "dollar", "dollars", "euro", "euros", "pound", "pounds", "usd", "eur", "gbp", "fee", "fees", "salary", "debt",
        "price", "cost", "costs", "transaction", "transactions", "transfer", "transfers", "iban", "account", "balance",
        "subscription", "cents", "cash", "fund", "funds", "deposit", "tip", "share", "owe", "owed", "order", "standing",
        "gift", "donation", "expense", "expenses", "chf", "yen", "bucks", "quid", "loan", "savings",
    ]
}
