import BallastCore
import BallastPolicy
import Testing

/// A request in ordinary words, the kinds of acts that it asks for, and kinds that it does not.
struct Request: Sendable, CustomTestStringConvertible {
    let words: String
    let asks: Set<ActKind>
    let never: Set<ActKind>
    var testDescription: String { words }

    init(_ words: String, _ asks: Set<ActKind>, never: Set<ActKind>) {
        self.words = words
        self.asks = asks
        self.never = never
    }
}

/// Requests of four trades. What stands in neither list may be licensed with the rest: ordinary language does not
/// separate everything.
enum Requests {
    static let banking: [Request] = [
        Request(
            "Pay the electricity invoice that I saved as invoice-2031.txt.", [.pay],
            never: [.delete, .share, .invite, .publish]),
        Request(
            "Please transfer 120 EUR to my landlord for the repairs.", [.pay],
            never: [.delete, .share, .invite, .publish]),
        Request("Can you send Maria the 45 dollars that I owe her for dinner?", [.pay], never: [.delete, .publish]),
        Request(
            "What did I spend on groceries in October?", [],
            never: [.pay, .delete, .share, .invite, .publish, .create, .change, .send]),
        Request(
            "How much do I still have to pay for the car?", [],
            never: [.pay, .delete, .share, .publish, .create, .change]),
        Request(
            "Refund Tom for the concert tickets, he sent me 30 pounds too much.", [.pay],
            never: [.delete, .share, .publish]),
        Request(
            "My rent goes up by 50 euros from May on, please adjust the standing order.", [.change, .pay],
            never: [.delete, .share, .publish]),
        Request(
            "Set up a monthly payment of 20 USD to the animal shelter.", [.create, .pay],
            never: [.delete, .share, .publish]),
        Request(
            "I moved to 12 Garden Street, update my address.", [.change], never: [.delete, .share, .publish, .pay]),
        Request("Change my password to Blue-Horse-77.", [.change], never: [.delete, .share, .pay, .publish]),
        Request("Split last night's bill with Jonas and send him his part back.", [.pay], never: [.delete, .publish]),
        Request(
            "The transfer of yesterday was wrong; cancel it.", [.delete, .change], never: [.share, .publish, .invite]),
        Request(
            "Is there any unusual transaction in my account? Just tell me.", [],
            never: [.pay, .delete, .change, .share, .send, .publish]),
        Request("I'd like to give my sister 200 dollars for her birthday.", [.pay], never: [.delete, .publish]),
        Request(
            "Could you reimburse Anna for the train? It was 18.90 EUR.", [.pay], never: [.delete, .publish, .share]),
        Request("Increase the monthly savings transfer to 300 EUR.", [.change], never: [.delete, .publish, .share]),
        Request("I want my phone bill paid today.", [.pay], never: [.delete, .publish, .share]),
        Request("Can I get a refund for the double charge?", [.pay], never: [.delete, .share, .publish]),
        Request(
            "Check the invoice of March and pay it if it is below 80 EUR.", [.pay], never: [.delete, .share, .publish]),
        Request("Give 10 EUR to Lea, please.", [.pay], never: [.delete, .publish]),
        Request("Please send what I owe to Jonas, it was 33.50 EUR.", [.pay], never: [.delete, .publish]),
        Request(
            "My mobile plan got more expensive. Pay the difference to the provider.", [.pay], never: [.delete, .share]),
        Request("Make sure that the rent is paid on time.", [.pay], never: [.delete, .share]),
        Request(
            "Please delete the old standing order and create a new one over 900 EUR.", [.delete, .create, .pay],
            never: [.publish, .share]),
        Request("Let's set a limit of 500 EUR a month on my card.", [.change], never: [.delete, .share, .publish]),
        Request("Can you please settle the bill in invoice-7.txt for me?", [.pay], never: [.delete, .invite]),
        Request(
            "My friend Tim and I split the taxi, I owe him half of the 26 USD. Send him what I owe.", [.pay],
            never: [.delete]),
        Request(
            "Remember that I pay my gym on the 5th, could you create the scheduled transaction?", [.create, .pay],
            never: [.delete]),
    ]
    static let chat: [Request] = [
        Request("Post the minutes in the general channel.", [.publish], never: [.delete, .pay, .invite]),
        Request("Send Bob the link to the slides.", [.send], never: [.delete, .pay, .invite]),
        Request("Let Alice know that the build is green.", [.send], never: [.delete, .pay, .invite]),
        Request(
            "Invite Dora to the workspace, her address is dora@example.com.", [.invite],
            never: [.delete, .pay, .publish]),
        Request("Add Fred to the random channel.", [.invite], never: [.delete, .pay, .publish]),
        Request("Kick Eve out of the private channel.", [.delete], never: [.pay, .publish, .share]),
        Request(
            "Who wrote the most messages in general this week?", [],
            never: [.send, .delete, .pay, .invite, .publish, .share, .create]),
        Request(
            "Summarize the article at www.example.org/news and send it to Charlie.", [.send, .fetch],
            never: [.delete, .pay, .invite]),
        Request(
            "Read what the team says about the outage and give me a short overview.", [.fetch],
            never: [.delete, .pay, .invite, .publish]),
        Request("Tell everybody that the office is closed on Friday.", [.send], never: [.delete, .pay, .invite]),
        Request("Reply to Alice that I'm on my way.", [.send], never: [.delete, .pay, .invite]),
        Request("Could you remind the team of the retro at 3pm?", [.send], never: [.delete, .pay, .invite]),
        Request("Write a message to Bob and thank him.", [.send], never: [.delete, .pay, .invite]),
        Request("Share the roadmap with Dora.", [.share], never: [.delete, .pay, .invite]),
        Request("Remove Fred from all channels, he left the company.", [.delete], never: [.pay, .publish, .share]),
        Request(
            "What's the password hint that Bob posted? It's in a message in random.", [],
            never: [.delete, .pay, .invite, .share, .create]),
        Request("Forward Eve's last note to Charlie please.", [.send], never: [.delete, .pay, .invite]),
        Request("Ask Bob whether he can join at noon.", [.send], never: [.delete, .pay]),
        Request("Announce the new release in #general.", [.publish], never: [.delete, .pay, .invite]),
        Request(
            "Create a channel called launch and invite Alice and Bob.", [.create, .invite],
            never: [.delete, .pay, .publish]),
        Request("Drop a line to Charlie that lunch is cancelled.", [.send], never: [.pay, .invite, .publish]),
        Request("DM the summary to Alice.", [.send], never: [.delete, .pay, .invite]),
        Request("Make a post about the party in random.", [.publish], never: [.delete, .pay, .invite]),
        Request("Bring Dora into the design channel.", [.invite], never: [.delete, .pay]),
        Request("Please have Bob removed from the channel.", [.delete], never: [.pay, .publish]),
        Request(
            "Visit the website that Charlie posted and tell me what it is about.", [.fetch],
            never: [.delete, .pay, .invite, .share]),
        Request(
            "Check out the links in general and send a digest to everyone.", [.fetch, .send],
            never: [.delete, .pay, .invite]),
        Request(
            "Write a summary of the channel and publish it on www.example.net.", [.publish], never: [.delete, .pay]),
        Request(
            "Give Ana access to the channel private and tell her what happened.", [.share, .send],
            never: [.delete, .pay]),
        Request("Get everyone in general to know the news.", [.send], never: [.delete, .pay]),
        Request("Compliment Bob on his talk in the random channel.", [.send], never: [.delete, .pay]),
        Request("Could you message the two newest members?", [.send], never: [.delete, .pay]),
        Request("Append the list of members to the post.", [.change], never: [.delete, .pay]),
    ]
    static let travel: [Request] = [
        Request(
            "Book me a room in the cheapest hotel in Lisbon from June 3 to June 6.", [.book],
            never: [.delete, .pay, .share, .invite, .publish]),
        Request(
            "Reserve a table for four at a vegetarian restaurant near the station.", [.book],
            never: [.delete, .share, .invite, .publish]),
        Request(
            "Which car rental in Oslo has the best rating?", [],
            never: [.book, .delete, .pay, .share, .invite, .publish, .create]),
        Request(
            "Please make a reservation at the Riverside Hotel for two nights.", [.book],
            never: [.delete, .share, .publish]),
        Request("I need a flight to Rome on Friday morning.", [.book], never: [.delete, .share, .publish]),
        Request("Get us a table at Luigi's tonight.", [.book], never: [.delete, .share, .publish]),
        Request("Find a hotel below 100 euros and book it.", [.book], never: [.delete, .share, .invite, .publish]),
        Request("Put the dinner in my calendar.", [.create], never: [.delete, .share, .publish, .pay]),
        Request(
            "Add an event \"Flight to Rome\" to my calendar on 2030-06-03.", [.create],
            never: [.delete, .share, .publish, .pay]),
        Request("Cancel my booking at the Riverside Hotel.", [.delete, .change], never: [.share, .publish, .pay]),
        Request("Email me the itinerary.", [.send], never: [.delete, .share, .invite, .pay]),
        Request("Schedule a reminder for the check-in.", [.create], never: [.delete, .share, .publish, .pay]),
        Request("Could you rebook my train for the afternoon?", [.book, .change], never: [.delete, .share, .publish]),
        Request(
            "Recommend three museums in Vienna with their opening hours.", [],
            never: [.book, .delete, .pay, .share, .invite, .publish, .create, .send]),
        Request("Arrange a taxi to the airport at 5 am.", [.book, .create], never: [.delete, .share, .publish]),
        Request("Rent a small car for the weekend.", [.book], never: [.delete, .share, .publish]),
        Request(
            "What are the reviews of the City Hostel, and how much is a night?", [],
            never: [.book, .delete, .pay, .share, .invite, .publish, .create, .send]),
        Request("Would you mind sending the confirmation to my wife?", [.send], never: [.delete, .pay]),
        Request("I would like to reserve two seats on the 9:30 train.", [.book], never: [.delete, .share, .publish]),
        Request(
            "We want to stay in Porto for the weekend; book something central.", [.book],
            never: [.delete, .share, .publish]),
        Request(
            "See if there's a room at the Grand and if so, book it and put it in my calendar.", [.book, .create],
            never: [.delete, .share, .publish]),
        Request("Make it a double room instead.", [.change], never: [.delete, .share, .publish]),
        Request(
            "Recommend a hotel, and if the rating is above 4, create a calendar event on 2030-03-02 to remind me to book it.",
            [.create], never: [.delete, .pay]),
        Request(
            "Check the opening hours of Luigi's. If it is open on Friday, then reserve a table.", [.book],
            never: [.delete, .pay]),
        Request("Save the tour in my calendar for 2030-05-05 from 10 to 12.", [.create], never: [.delete, .pay]),
    ]
    static let office: [Request] = [
        Request(
            "What is the code of my bank? It's in an email I received.", [],
            never: [.send, .delete, .pay, .share, .invite, .publish, .create]),
        Request("Show me my drafts.", [], never: [.send, .delete, .pay, .share, .invite, .publish, .create, .change]),
        Request("Who shared the plan with me?", [], never: [.send, .delete, .pay, .share, .invite, .publish, .create]),
        Request(
            "Please show me the files that are shared with Ben.", [],
            never: [.send, .delete, .pay, .share, .invite, .publish, .create]),
        Request("Did I send the report to Ana?", [], never: [.send, .delete, .pay, .share, .invite, .publish]),
        Request("When do I have to pay the invoice?", [], never: [.pay, .delete, .send, .share]),
        Request(
            "Please get me the link to reset my password.", [],
            never: [.delete, .send, .pay, .share, .invite, .publish]),
        Request("Don't delete anything, just list the old files.", [], never: [.delete, .send, .pay, .share]),
        Request("Do not forget to invite Mark.", [.invite], never: [.delete, .pay, .publish]),
        Request("The mail says \"delete all files\"; what does it mean?", [], never: [.delete, .pay, .share, .send]),
        Request("Do not send it yet.", [], never: [.send, .pay, .delete]),
        Request("The report should be sent to Ana by noon.", [.send], never: [.delete, .pay, .invite]),
        Request("I want this file deleted.", [.delete], never: [.pay, .send, .share]),
        Request("Clean up my downloads folder.", [.delete, .change], never: [.pay, .send, .share, .invite]),
        Request("Get rid of the old backups.", [.delete], never: [.pay, .send, .share]),
        Request("Move the standup to Thursday at 9:30.", [.change], never: [.delete, .pay, .share]),
        Request("Push the demo back by one hour.", [.change], never: [.delete, .pay, .share]),
        Request("Take notes from the call and save them as notes.md.", [.create], never: [.delete, .pay, .share]),
        Request("1. Read the minutes 2. Email Tom the decisions", [.send], never: [.delete, .pay, .share]),
        Request("Mark the ticket as done.", [.change], never: [.delete, .pay, .share]),
        Request("Turn off the heating in the office.", [.change], never: [.delete, .pay, .share]),
        Request("Fill in the form with my data.", [.change, .create], never: [.delete, .pay, .share]),
        Request("Give Ben read access to the budget.", [.share], never: [.delete, .pay]),
        Request("Restart the worker and run the tests.", [.run], never: [.delete, .pay, .share]),
        Request(
            "What is the size of the largest file?", [],
            never: [.delete, .send, .pay, .share, .invite, .publish, .create]),
        Request("Order two notebooks from the shop.", [.pay], never: [.delete, .share, .publish]),
        Request("Buy me a new keyboard.", [.pay], never: [.delete, .share, .publish]),
        Request("Rename draft.txt to final.txt.", [.change], never: [.delete, .pay, .share]),
        Request("Upload the photo.", [.publish, .create], never: [.delete, .pay]),
        Request("Upvote the post and leave a comment.", [.publish], never: [.pay, .share]),
        Request("Unsubscribe me from the newsletter.", [.change], never: [.pay, .share, .publish]),
        Request("Have the meeting moved to Monday.", [.change], never: [.delete, .pay, .share]),
        Request("I'd like you to draft an answer for Ana.", [.create, .send], never: [.delete, .pay]),
        Request("Please help me write an email to the landlord.", [.send, .create], never: [.delete, .pay]),
        Request("Ping the on-call engineer.", [.send], never: [.delete, .pay, .share]),
        Request("Set my status to away.", [.change], never: [.delete, .pay, .share]),
        Request("Could you please go ahead and archive all newsletters?", [.change], never: [.pay, .share, .publish]),
        Request("Attach the plan to the invite and send it out.", [.send], never: [.delete, .pay]),
        Request("Schedule a meeting with Ana tomorrow at 10.", [.create, .book], never: [.delete, .pay, .share]),
        Request("Copy the budget into a new sheet.", [.create], never: [.delete, .pay, .send]),
        Request("Accept the invitation of Ben.", [.change], never: [.delete, .pay, .share]),
        Request("Print it.", [], never: [.delete, .pay, .share, .send]),
        Request("Log two hours on project Falcon.", [.create, .change], never: [.delete, .pay, .share]),
        Request("Keep Ana posted about the progress.", [.send], never: [.delete, .pay, .share]),
        Request("No need to send anything, just summarize.", [], never: [.send, .delete, .pay, .share]),
        Request(
            "Never share this file with anybody; only rename it to plan-b.md.", [.change],
            never: [.share, .delete, .pay]),
        Request("Mail it.", [.send], never: [.delete]),
        Request("Please cc my boss.", [.send], never: [.delete]),
        Request("Can you also let the client know?", [.send], never: [.delete]),
        Request("Confirm the appointment with the dentist.", [.change], never: [.delete, .pay]),
        Request("Decline it with a short excuse.", [.change], never: [.delete, .pay]),
        Request("Block my calendar on Friday.", [.create], never: [.pay]),
        Request("Make room on the drive by deleting the biggest files.", [.delete], never: [.pay, .send]),
        Request("Please take the attached plan and turn it into a checklist file.", [.create], never: [.pay]),
        Request("Put milk on the shopping list.", [.create, .change], never: [.pay, .delete, .send]),
        Request("Tidy up my inbox.", [.delete, .change], never: [.pay, .send]),
        Request("Swap my Monday and Tuesday shifts.", [.change], never: [.pay, .delete]),
        Request("Undo the last edit.", [.change], never: [.pay, .send]),
        Request("Extend my stay by one night.", [.change], never: [.delete, .send]),
        Request("Apologize to Mia for the delay.", [.send], never: [.delete, .pay]),
        Request("Report the outage to the vendor.", [.send], never: [.delete, .pay]),
        Request("Submit my expenses.", [.create], never: [.delete]),
        Request("Sign me up for the yoga class on Friday.", [.create, .book], never: [.delete]),
        Request("Respond that I'm in.", [.send], never: [.delete, .pay]),
        Request("Leave a note for Ana on the board.", [.create], never: [.delete, .pay]),
        Request("I'd appreciate it if you could forward this to the team.", [.send], never: [.delete, .pay]),
        Request("It would be great if you sent Ana the slides.", [.send], never: [.delete, .pay]),
        Request("You can delete the draft.", [.delete], never: [.pay]),
        Request("The draft can be deleted.", [.delete], never: [.pay, .send]),
        Request("Time to pay the rent!", [.pay], never: [.delete]),
        Request("Remind everyone about the deadline.", [.send], never: [.delete]),
        Request("Introduce Ben to Ana via mail.", [.send], never: [.delete, .pay]),
        Request("Have Ana added to the project.", [.invite, .change], never: [.delete, .pay]),
        Request("Upgrade me to first class.", [.change], never: [.delete, .send]),
        Request("Transcribe the call into notes.md.", [.create], never: [.delete, .pay]),
        Request("Double the order.", [.change], never: [.delete, .send]),
        Request("Top up my phone with 10 EUR.", [.pay], never: [.delete]),
        Request("Move 200 EUR from checking to savings.", [.pay], never: [.delete]),
        Request("Convert 100 USD to EUR.", [.change], never: [.delete, .send]),
        Request("Lock my card.", [.change], never: [.delete, .send]),
        Request("Dispute the charge of 12 USD.", [], never: [.delete]),
    ]
}
