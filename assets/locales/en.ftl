### The texts of the window, in English. One thought to a sentence; no word that a visitor would have to learn.

## Home
home-welcome = Welcome
home-promise = Works without internet. No picture of you is kept.
clock-name = Time: { $time }. Press and hold for the operator's pages.
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Aug
month-short-9 = Sep
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec
date-long = { $weekday } { $day } { $month }
date-time = { $day } { $month } { $year }, { $time }
date-time-short = { $day } { $month } { $year }, { $time }
never = Never

## What can be pressed
action-sign-in = Sign in
action-register = Register
action-register-instead = New here? Register
action-back = Back
action-next = Next: the camera
action-save-face = Save
action-take-again = Take them again
action-done = Done
action-try-sign-in = Try it: sign in
action-try-again = Try again
action-change-details = Change details
action-leave = Leave
action-edit = Edit details
action-renew = Update my face
action-delete = Delete my data
action-sign-out = Sign out
action-save = Save
action-discard = Cancel
action-keep = No, keep
action-delete-for-good = Yes, delete for good
action-remove = Remove
action-close = Close
action-quit = End the program
action-go-on = No, go on
action-next-pin = Next: the PIN
action-use-pin = Use a PIN
action-without-face = Without the camera
action-set-pin = My PIN
action-history = Who used my face?
action-agree = I agree
action-disagree = I do not agree
action-go-on-pin = Go on
action-erase = Erase

## Registration
register-step-1 = Register, step 1 of 2
register-step-2 = Register, step 2 of 2
register-title = Who are you?
register-why = Your name is for the greeting. Your e-mail address tells you apart from others with the same name.
field-name = Name
field-name-hint = for example: Ana Díaz
field-email = E-mail address
field-email-hint = for example: ana@example.org
error-name-empty = Please write your name.
error-name-too-long = This name is too long: at most 100 characters.
error-name-control-character = Write the name on one line, in plain letters.
error-email-empty = Please write your e-mail address.
error-email-too-long = This e-mail address is too long.
error-email-malformed = Write it like this: ana@example.org
refused-email-taken = Somebody is already registered with this e-mail address. Is it you? Then sign in.
refused-email-of-another = Another account has this e-mail address. Please write a different one.
refused-other = This could not be saved. Please ask at the desk.

## The camera at work
lens-resting = A peephole, closed: the camera is off
lens-live = The camera's picture, as in a mirror
lens-done = Done
lens-declined = It did not work
lens-trouble = No picture
camera-starting = The camera is starting…
working = One moment…
pose-ahead = Look into the camera
pose-left = Turn your head a little to your left
pose-right = Turn your head a little to your right
capture-count = { $done } of { $all } pictures taken
capture-how = There is nothing to press.
renewal-step = Update my face
sign-in-step = Sign in
sign-in-how = There is nothing to press.

challenge-step = Sign in
challenge-ahead = Look straight ahead, at the dot
challenge-left = Turn your head to the left
challenge-right = Turn your head to the right
challenge-up = Look up
challenge-down = Look down
challenge-blink = Close your eyes and open them
challenge-count = { $done } of { $all } done
challenge-how = Follow the dot with your head.
challenge-how-blink = Both eyes, for a moment.
challenge-otherwise = If you cannot, use your PIN.
challenge-otherwise-both = If you cannot, ask at the desk.

coach-no-face = Look into the camera
coach-several-faces = One at a time, please
coach-face-too-small = Come a little closer
coach-face-turned = Look straight into the camera
coach-face-cut-off = Move to the middle
coach-too-dark = Turn to the light
coach-too-bright = Turn away from the strong light
coach-too-blurred = Hold still for a moment
coach-face-unclear = Uncover your face and turn to the light
coach-same-picture = Move a little: the picture stands still

review-title = Are these details right?
review-renewal-title = Use these pictures from now on?
review-renewal-stored = Nothing is changed yet. If you save, the description of your face in numbers is replaced by a new one; no picture is kept.
review-pictures =
    { $count ->
        [one] One good picture of your face
       *[other] { $count } good pictures of your face
    }
review-stored = Nothing is stored yet. If you save, your name, your e-mail address and a description of your face in numbers are kept here, but no picture.
enrolled-title = Welcome, { $name }!
enrolled-next = You are registered. From now on just look into the camera.

## It did not work
declined-no-face = I did not see a face
declined-no-face-try = Stand before the camera, at arm's length, and look into it.
declined-several-faces = I saw more than one person
declined-several-faces-try = Please come to the camera one at a time.
declined-face-too-small = You were too far away
declined-face-too-small-try = Come closer, to about an arm's length.
declined-face-turned = I did not see you from the front
declined-face-turned-try = Look straight into the camera.
declined-face-cut-off = I saw only a part of your face
declined-face-cut-off-try = Stand in the middle of the picture.
declined-too-dark = It was too dark
declined-too-dark-try = Turn to the light, or ask for more light.
declined-too-bright = The light was too strong
declined-too-bright-try = Turn away from the window or the lamp.
declined-too-blurred = The picture was blurred
declined-too-blurred-try = Hold still for a moment. Perhaps the lens needs wiping.
declined-face-unclear = Your face could not be made out well
declined-face-unclear-try = Uncover it, look into the camera, and let light fall on it.
declined-same-picture = The picture stood still
declined-same-picture-try = The camera sent the same picture again and again. Please try once more.
declined-not-one-person = The pictures do not show the same person
declined-not-one-person-try = Please stay alone before the camera until all pictures are taken.
declined-photo-suspected = This looks like a picture to me
declined-photo-suspected-try = Please come to the camera yourself, with nothing around your face: no frame, no telephone, no glass pane.
declined-liveness-unclear = I could not tell whether you are there
declined-liveness-unclear-try = Please try once more, slowly and in good light.
declined-not-recognized = I do not know you yet
declined-not-recognized-try = If you are registered: look straight into the camera, take off what covers your face, and turn to the light. If not, you can register now.
declined-ambiguous = I am not sure who you are
declined-ambiguous-try = Two registered people look much alike to me. Please try once more.
declined-consent-needed = Please agree anew
declined-consent-needed-try = What you agreed to is over, or has changed. Sign in at the kiosk, which asks you.
declined-already-enrolled = Your face is registered already
declined-already-enrolled-try = Perhaps with another e-mail address. Sign in to see it and to change it.
declined-too-many-attempts = Too many tries
declined-too-many-attempts-try =
    { $seconds ->
        [0] You can try again now.
        [one] Please try again in { $seconds } second.
       *[other] Please try again in { $seconds } seconds.
    }
declined-pin-wrong = The PIN is not right
declined-pin-wrong-try = Please try again.
declined-pin-not-set = A PIN is needed as well
declined-pin-not-set-try = You were recognized, but you have no PIN yet. The desk can give you one.
declined-pin-needed = Your PIN is needed first
declined-pin-needed-try = Whoever changes an account gives its PIN. Open your profile and try again.
declined-operator-needed = The operator's PIN is needed
declined-operator-needed-try = Please ask whoever looks after this kiosk.
declined-face-needed = Your face is needed as well
declined-face-needed-try = This kiosk asks for your face and for your PIN: sign in with the camera.
declined-email-taken = This e-mail address is taken
declined-email-taken-try = Somebody is already registered with it. If it is you, sign in.
declined-timed-out = That took too long
declined-timed-out-try = No harm done. Please try again when you are ready.
declined-token-expired = You were signed out
declined-token-expired-try = Your session came to its end. Sign in again to go on.
declined-token-not-yet-valid = You were signed out
declined-token-not-yet-valid-try = The clock of this machine was changed. Please sign in again.
declined-token-invalid = You were signed out
declined-token-invalid-try = Please sign in again.
declined-user-removed = This account is gone
declined-user-removed-try = It was removed in the meantime. You can register again.
declined-user-unknown = I cannot find this account
declined-user-unknown-try = You can register again.
declined-desk = Prefer not to use your face? Use a PIN, or ask at the desk.

## Camera trouble
trouble-none-found = No camera found
trouble-none-found-try = Plug the camera in, or check whether its cable is loose.
trouble-in-use = The camera is busy
trouble-in-use-try = Another program is using it. Close that program.
trouble-no-permission = The camera is not allowed
trouble-no-permission-try = This program has no permission. The technician can grant it (on Linux: group “video”).
trouble-unplugged = The camera was unplugged
trouble-unplugged-try = Plug it in again.
trouble-frozen = The camera sends no pictures
trouble-frozen-try = Unplug it, wait a moment, and plug it in again.
trouble-black = The picture is black
trouble-black-try = Open the shutter of the camera, or take away what covers the lens.
trouble-failing = The camera does not work as it should
trouble-failing-try = Unplug it and plug it in again, or try another one.
trouble-waiting = Please ask at the desk. It goes on by itself as soon as there is a picture.
failure-title = This kiosk needs help
failure-try = It is not your fault: something in this machine does not work. Please ask at the desk.
failure-operator = For the operator: { $detail }
failure-recognition = the recognition has stopped; start the program again

## The profile
profile-greeting = Hello, { $name }!
profile-enrolled = Registered
profile-last-sign-in = Last sign-in
profile-sign-in-before = Previous sign-in
profile-first-time = This is the first one
profile-session = Your session ends when you leave, or in { $time }.
notice-saved = Your changes are saved.
notice-renewed = Your new pictures are in use.
notice-pin-set = Your PIN is saved.
notice-not-renewed = Nothing was changed. { $why }.
notice-other-face = Nothing was changed: this does not look like the face of this account.
edit-title = Change name or e-mail
delete-title = Delete everything?
delete-what = Your name, your e-mail address and the description of your face are deleted at once. This cannot be undone.
removed-title = Everything is deleted
removed-what = Nothing that names you or describes your face is kept here any more. You can register again at any time.

## PINs
pin-address-title = Sign in with a PIN
pin-address-why = For everybody who has chosen one. Your e-mail address first.
pin-title = Your PIN
pin-why = The one that you chose when you registered, or in your profile.
pin-after-face = You were recognized. This kiosk asks for your PIN as well.
pin-operator-title = The operator's PIN
pin-operator-why = For those who look after this kiosk.
pin-operator-now = The one that holds now, before you choose another.
pin-present-title = The PIN that you have now
pin-present-why = What opens your account is changed only by somebody who knows its PIN.
pin-change-why = This kiosk asks for your PIN before anything in your profile is changed.
pin-history-why = This kiosk asks for your PIN before it tells when your account was used.
pin-choose-first = This kiosk asks for a PIN before anything in your profile is changed. You have none yet: choose one, of 6 to 12 digits.
pin-choose-for-history = This kiosk asks for a PIN before it tells when your account was used. You have none yet: choose one, of 6 to 12 digits.
pin-choose-title = Choose a PIN
pin-choose-why = 6 to 12 digits. With it you can sign in without the camera.
pin-choose-why-both = 6 to 12 digits. This kiosk will ask for your face and for your PIN.
pin-choose-operator-title = Choose the operator's PIN
pin-choose-operator-why = There is none yet. 6 to 12 digits; whoever knows it can change and remove everything here.
pin-choose-operator-other = 6 to 12 digits; whoever knows it can change and remove everything here. It holds from now on.
pin-repeat-title = The same PIN again
pin-repeat-why = So that no slip of the finger locks you out.
pin-typed =
    { $count ->
        [one] One digit typed
       *[other] { $count } digits typed
    }
pin-length = A PIN has 6 to 12 digits.
pin-obvious = This one is too easy to guess. Please choose digits that do not follow each other or repeat.
pin-not-the-same = These were two different PINs. Please choose one again.
pin-wrong = This is not right. Please try again.
pin-of-auditor = This PIN opens the log, and nothing else. The operator's is asked for here.
pin-of-other-role = This is the auditor's PIN. Please choose one of its own for the operator.

## Consent
consent-again = Please read this again: it has changed, or a long time has passed.

## Who used my face?
history-title = Who used my face?
history-what = All that happened with your account here, the latest first.
history-by-face = signed in by face
history-by-pin = signed in by PIN
history-by-both = signed in by face and PIN
history-no-life = recognized, and not let in: no sign of life, or a picture
history-wrong-pin = somebody typed a wrong PIN
history-left-at-pin = recognized, and left without giving the PIN
history-signed-out = signed out
history-enrolled = registered
history-renewed = new pictures of the face
history-renewed-by-operator = new pictures of the face, by the operator
history-changed = name or e-mail changed
history-pin-set = PIN chosen
history-pin-set-by-operator = PIN chosen by the operator
history-pin-given = the right PIN typed while signed in
history-pin-removed = PIN removed by the operator
history-pin-alone = the operator lets the PIN open the account alone
history-pin-not-alone = the face is asked for beside the PIN again
history-agreed = agreed to what is done with the face
history-exported = all data written out by the operator
history-other = something else

## Is anybody there?
idle-question = Are you still there?
idle-seconds = Back to the start in { $seconds } s.
idle-more-time = More time

## The demo
demo-next = Next person
demo-before = Demo. In front of the camera: { $who }
demo-obama = Barack Obama
demo-obama-later = Barack Obama, on another day
demo-biden = Joe Biden
demo-collins = Eileen Collins
demo-nobody = nobody
demo-far = somebody far away
demo-two = two people
demo-dark = somebody in the dark
demo-shutter = a closed shutter
demo-unplugged = an unplugged camera
demo-in-use = a camera that another program has
demo-no-permission = a camera that may not be used
demo-frozen = a camera that sends nothing
demo-failing = a broken camera
demo-actors = Signs of life
demo-portraits = People
demo-head-obama = a head that moves, Barack Obama's
demo-head-biden = a head that moves, Joe Biden's
demo-print-flat = a printed photo of Barack Obama
demo-print-large = a print that fills the view
demo-print-bent = a print that is bent
demo-print-rolled = a print that is rolled
demo-rolled-eyes-cut = a rolled print with holes for the eyes
demo-print-folded = a print that is folded along the nose
demo-cut-out = a face cut out of paper
demo-cut-eyes = a print with holes for the eyes
demo-phone = a telephone that plays a film
demo-screen = a screen that plays a film and fills the view
demo-print-beside = a print beside a living head
demo-swapped = a print that gives way to somebody else
demo-stills = prints of every pose, changed as asked

## The operator's pages
operator-people = People
operator-camera = Camera
operator-decisions = Decisions
operator-place = This kiosk
operator-health = Health
people-search = Search
people-search-hint = Name or e-mail address
people-sort = Sort by
people-by-name = Name
people-by-enrolled = Newest
people-by-sign-in = Last sign-in
people-count =
    { $all ->
        [one] { $shown } of { $all } person
       *[other] { $shown } of { $all } people
    }
people-none = Nobody is registered yet
people-none-try = Whoever registers appears here.
people-no-match = Nobody found
people-show-all = Show all
people-remove-name = Remove { $name }
people-looks-like = Face cannot be told from that of { $name }
remove-title = Remove { $name }?
remove-what = Name, e-mail address and the description of the face are deleted at once. This cannot be undone.
operator-camera-which = Which camera?
operator-camera-none = There is no camera to choose from.
camera-figures = { $source }; { $fps } pictures a second; { $frames } so far, { $bad } of them unusable
figures-no-face = No face
figures-several =
    { $count ->
        [one] One face
       *[other] { $count } faces
    }
figures-face-up = Face { $width } pixels wide, turned { $yaw }° sideways and { $pitch }° up
figures-face-down = Face { $width } pixels wide, turned { $yaw }° sideways and { $pitch }° down
figures-light = Light { $dark } to { $bright } of 255, sharpness { $sharpness }
figures-good = Good enough to recognize
strictness-title = How sure must the kiosk be?
strictness-lenient = Lenient
strictness-standard = Standard
strictness-strict = Strict
strictness-lenient-what = Fewer people have to try again; a stranger is taken for somebody a little more often. For places where a person at the door looks, too.
strictness-standard-what = Factory setting: few have to try again, and a stranger is seldom taken for somebody.
strictness-strict-what = A stranger is taken for somebody more seldom; more people have to try again, above all in bad light.
strictness-promise =
    With { $enrolled ->
        [one] one person
       *[other] { $enrolled } people
    } registered, about one stranger in { $strangers } is taken for somebody, and about one visit in { $people } of those registered must be repeated.
strictness-figures = A face is accepted from a score of { $threshold } on, { $margin } ahead of the next person. References compared: { $enrolled }.
means-title = How do people sign in?
means-face = Face
means-both = Face and PIN
means-pin = PIN
means-face-what = By the face; whoever has chosen a PIN can use that instead.
means-both-what = By both. Whoever cannot use the camera is registered by you, on the page People, without the face; to others you give leave with mirilla users pin --alone.
means-pin-what = By e-mail address and PIN. The camera stays off, and no face is registered.
liveness-title = Signs of life
liveness-off = None
liveness-passive = Look
liveness-active = Move
liveness-active-with-pin = Move and PIN
liveness-off-what = Nothing is checked: a photo can sign in.
liveness-passive-what = Refuses some photos and telephones that are held carelessly. It is no proof that somebody is there.
liveness-active-what = People turn the head three times and close the eyes once; whoever cannot uses a PIN. In simulations no flat printed photo got through this. It does not stop recordings that are played in the right order, several still photos in turn, animated or folded photos, or masks.
liveness-active-with-pin-what = The same, and the PIN: for whatever is of value. Whoever cannot move the head needs your leave: mirilla users pin --alone.
face-alone-title = Where does the face alone sign in?
face-alone-always = At every level
face-alone-tested = Where a self-test holds
face-alone-always-what = Whatever the self-test says; nothing else is asked for.
face-alone-tested-what = Only at a level that the self-test holds for: where it was not done, has expired, or a picture got in, the PIN is asked for as well.
means-without-pin =
    { $count ->
        [one] One person is not let in, without a PIN, or without a face and your leave: mirilla users pin gives either.
       *[other] { $count } people are not let in, without a PIN, or without a face and your leave: mirilla users pin gives either.
    }
changes-title = How are profiles changed?
removal-guard-title = How are accounts deleted?
history-guard-title = How does one see who used an account?
changes-as-signed-in = As signed in
changes-with-pin = With the PIN
changes-as-signed-in-what = Whoever is signed in changes name and address, or takes new pictures.
changes-with-pin-what = Before that the PIN is asked for, once in each session that it did not open. Whoever has none is asked to choose one first.
enrollment-title = Who may register people?
enrollment-anybody = Everybody, by themselves
enrollment-operator = Only the operator
enrollment-what = The operator registers people on the page People, or gives the PIN at the start of each registration.
enrollment-liveness-title = Signs of life where a face is registered or taken anew
enrollment-liveness-off-what = Nothing is checked: a photo can be registered.
enrollment-liveness-passive-what = Refuses some photos and telephones that are held carelessly. Nobody is asked to move: where more is needed, let only the operator register people.
people-register = Register somebody
patience-title = How much time do people get?
patience-times =
    { $times ->
        [one] As usual
        [2] Twice as much
       *[other] { $times } times as much
    }
patience-what = For people who need more time to read, to move, or to type.
keep-title = How long are people kept who no longer come?
keep-days =
    { $days ->
        [90] Three months
        [365] A year
        [1095] Three years
       *[other] { $days } days
    }
keep-what = Counted from the last visit. Then everything that is held of them is deleted; after a long pause or a jump of the clock, once the kiosk has run for two weeks.
look-alike-title = People who look the same
look-alike-what = A face that is known here is not registered a second time. If a person is declined because of a twin, make sure that they are two people, and register the second one here.
look-alike-register = Register a twin
place-name = Name of this place
place-name-hint = for example: City Library
language-title = Language
language-system = As on this machine
appearance-title = Appearance
appearance-light = Light
appearance-dark = Dark
appearance-contrast = High contrast
place-change-pin = Change the operator's PIN
place-pin-changed = The operator's PIN is changed: the one before opens nothing any more.
keyboard-title = On-screen keyboard
keyboard-auto = When the screen is touched
keyboard-always = Always
keyboard-never = Never
quit-title = End the program?
quit-what = Nobody can sign in here until it is started again. If it runs as a service, it starts again by itself.
health-well = All is well
health-unwell = Something needs attention
health-unknown = This could not be looked up
health-data-directory = Data directory
health-settings = Settings
health-database = Database
health-store-key = Key of the database
health-token-key = Key of the sessions
health-networks = Recognition
health-decisions = Decisions
health-signing-in = Sign-in
health-self-test = Self-test of the signs of life
health-caution = { $what }: please note
health-guessing = Guessing
health-operator = Operator
health-retention = How long people are kept
health-processor = Processor
health-camera = Camera
health-clock = Clock

## The self-test of the signs of life
selftest-title = Self-test
selftest-what = Measures with people and pictures what gets in at this kiosk. Counts are kept, and no pictures. It is no certificate by ISO/IEC 30107-3.
selftest-open = Start the self-test
selftest-next = Begin
selftest-repeat = The last one again
selftest-leave-out = Leave out
selftest-stop = Stop for now
selftest-break-off = Break off
selftest-other-camera = This is not the camera, or not the mode of it, that it was begun with: nothing was counted. Put that one back, or begin anew after mirilla selftest --forget.
selftest-overtaken = Elsewhere somebody has counted meanwhile, or had it forgotten: the last one was not counted here.
selftest-when = Counted until { $when }, by { $camera }.
selftest-figure = { $what }: { $passed } of { $tried } got in; at most { $most } % would.
selftest-figure-none = { $what }: not tried.
selftest-figure-people = People who came often enough: { $people }. Not let in: { $missed } of { $tried } times; at most { $most } % would be.
selftest-enroll = Person { $person } of { $people }: look into the camera, then a little to each side. Nothing of the face is kept beyond the test.
selftest-enroll-attacks = Whoever the pictures show: look into the camera, then a little to each side. Nothing of the face is kept beyond the test.
selftest-bona-fide = Person { $person }, time { $attempt } of { $of }: step away, come back, and sign in as you are.
selftest-attack = { $what }, time { $attempt } of { $of }
selftest-outcome-passed = Let in.
selftest-outcome-refused = Refused: a sign of life spoke against it.
selftest-outcome-no-verdict = Not let in: the signs of life that were asked for were not seen.
selftest-outcome-not-recognized = Nobody was recognized. With an attack, take a better picture: this one does not count.
selftest-outcome-not-seen = No face was seen well. With an attack, hold it better: this one does not count.
selftest-untested = Level { $level } was not measured here.
selftest-expired = Level { $level } was measured, and holds no more: { $changed } changed since.
selftest-beaten = At level { $level } pictures got in: { $species }.
selftest-unfinished = Level { $level }: nothing got in, and too little was tried. People who are missing: { $people }; tried too seldom: { $species }.
selftest-unfinished-people = Level { $level }: nothing got in, and too few people signed in. People who are missing: { $people }.
selftest-holds = Level { $level } holds: of every kind of picture none got in.
attack-print-matte = Matte print
attack-print-matte-how = Print the face of somebody who has just been enrolled for this, as large as life, on plain paper. Hold it flat before your own, at the height of the camera.
attack-print-glossy = Glossy print
attack-print-glossy-how = The same on photographic paper, held so that no lamp shines in it.
attack-print-bent = Bent print
attack-print-bent-how = Bend the print around its height, as around a large bottle, and let it follow what is asked.
attack-print-folded = Folded print
attack-print-folded-how = Fold the print along the nose, so that the nose stands out, and let it follow what is asked.
attack-cut-eyes = Print with holes for the eyes
attack-cut-eyes-how = Cut the eyes out of a print, hold it before your face, look through, and blink where that is asked.
attack-phone = Telephone
attack-phone-how = Show the picture on a telephone, bright, so near that the kiosk finds the face.
attack-tablet = Tablet that fills the view
attack-tablet-how = Show the picture as large as life on a tablet or a monitor, so near that no edge of it is in the camera's view.
attack-replayed-turn = Film of a turning head
attack-replayed-turn-how = Film the person turning to each side, up and down, and blinking; play that on the same screen.
changed-camera = the camera
changed-networks = the networks
changed-thresholds = how sure the kiosk must be, or the time that it gives
changed-program = the program's version

## What is well, and what is not: the page Health, and mirilla doctor
doctor-said = { $detail }
doctor-run = { $command }
doctor-restart-try = restart the machine
doctor-permissions-try = mend the permissions of the data directory
doctor-folder-new = { $path }, made at the first enrollment
doctor-folder-lost = { $path } is not there and cannot be made
doctor-folder-other-try = give another with --data-dir
doctor-folder-error = { $path }: { $detail }
doctor-folder-permissions-try = mend its permissions, or give another with --data-dir
doctor-folder-file = { $path } is a file
doctor-folder-open = { $path } can be changed by other users of this machine
doctor-folder-unwritable = { $path } cannot be written: { $detail }
doctor-settings-understood = understood
doctor-settings-delivered = as delivered
doctor-settings-strange = not understood: { $detail }
doctor-settings-strange-try = correct it, or move the file away ({ $path })
doctor-database-none = none yet, made at the first enrollment
doctor-database-open = open to other users of this machine
doctor-database-older = empty, or of an earlier version: encrypted and migrated at the next start
doctor-database-whole = whole, schema { $schema }, { $users } enrolled
doctor-database-outdated = whole, schema { $schema }, { $users } enrolled, { $outdated } of them with another network or a damaged template: they are not recognized, enroll them again
doctor-database-error-try = mend what the message names; nothing was changed
doctor-key-none = none yet, made at the first start
doctor-key-error-try = mend the permissions of { $path }
doctor-key-damaged = the file holds no key
doctor-key-damaged-try = move { $path } away: a new key is made, and all sessions end
doctor-key-left = another key lies in a file of an earlier version, which nothing uses
doctor-key-left-try = remove { $path }, if no copy of it is needed
doctor-key-well = in the database; keys whose sessions are accepted: { $count }
doctor-store-key-none = none yet, made at the first start
doctor-store-key-file = in the file { $path }: whoever takes the disk, or a copy of both files, can read all faces and names; mirilla store rekey --to keyring or --to passphrase keeps it elsewhere
doctor-store-key-open = open to other users of this machine: they can read all faces and names
doctor-store-key-keyring = in the operating system's keyring: a stolen disk gives nothing without the user's login
doctor-store-key-passphrase = from a passphrase that is asked for at every start: a stolen disk gives nothing without it
doctor-store-key-error-try = mend what the message names; nothing was changed
doctor-store-key-lost-try = put the key back from your copy, or restore a backup that was made with a passphrase
doctor-key-unknown = not told: the database cannot be read
doctor-networks = { $network }, loaded in { $loaded } ms, { $each } ms a photo; two pictures of one person score { $mated }, of two people { $strangers }; this test asks for { $threshold }
doctor-networks-blind = a bundled portrait is not seen as a face
doctor-networks-damaged-try = install the program again: the file is damaged
doctor-processor =
    { $cores ->
        [one] 1 core, { $kind }, vectors: { $vectors }
       *[other] { $cores } cores, { $kind }, vectors: { $vectors }
    }
doctor-decisions = { $enrolled } enrolled: threshold { $threshold }; about one stranger in { $strangers } is taken for somebody; about one enrolled person in { $people } must try again
doctor-decisions-alike = { doctor-decisions }; pairs of people whose faces cannot be told apart: { $alike } (marked in the list of people)
doctor-decisions-many = { doctor-decisions }; too many people to look for pairs whose faces cannot be told apart
doctor-decisions-unknown = not told: the database cannot be read
doctor-sign-in-well = everybody has what is asked for
doctor-sign-in-without-pin = people who are not let in, without the PIN that is asked for, or without a face and the leave to do without: { $count }
doctor-selftest-beaten-try = run mirilla selftest with another level, or ask for the PIN as well (page Decisions)
doctor-guessing-none = nobody has to wait
doctor-guessing-wait = too many tries have failed: for another { $seconds } s nobody is looked for
doctor-guessing-operator = too many wrong PINs of the operator or auditor: none is looked at for another { $seconds } s
doctor-guessing-accounts = accounts whose PIN is not looked at for a while, since too many wrong ones were given: { $count }
doctor-guessing-wait-try = wait; mirilla audit show --last 40 tells when the tries were
doctor-guessing-unknown = not told: the database cannot be read
doctor-operator-well = a PIN is chosen
doctor-operator-none = no PIN of the operator is chosen: the first one to open the pages chooses it
doctor-operator-later = to be chosen once there is a database
doctor-retention-well = nobody is kept who has not come for { $days } days
doctor-retention-removed =
    { $removed ->
        [one] nobody is kept who has not come for { $days } days; one person was removed so far, { $ago } days ago
       *[other] nobody is kept who has not come for { $days } days; { $removed } people were removed so far, the last { $ago } days ago
    }
doctor-retention-overdue =
    { $count ->
        [one] one person is kept who has not come for { $days } days
       *[other] { $count } people are kept who have not come for { $days } days
    }
doctor-camera-not-kept = no camera is chosen, so that any that is plugged in is taken, though people are asked to move
doctor-camera-not-kept-try = choose the camera on the page Camera
doctor-camera-played = portraits instead of a camera (demo)
doctor-camera-none = none found
doctor-camera-none-try = plug one in, and see whether its cable is firm
doctor-camera-none-needed = none found; photographs work without, for the kiosk plug one in
doctor-camera-lost =
    { $others ->
        [0] the chosen one ({ $camera }) is not there, nor is another
        [one] the chosen one ({ $camera }) is not there; another one is
       *[other] the chosen one ({ $camera }) is not there; { $others } others are
    }
doctor-camera-lost-try = plug it in, or choose another on the operator's page Camera
doctor-camera-live =
    { $others ->
        [0] { $camera }, { $fps } pictures a second
       *[other] { $camera }, { $fps } pictures a second; { $others } more, see mirilla camera list
    }
doctor-camera-slow =
    { $others ->
        [0] { $camera } is slow: no picture after { $seconds } s
       *[other] { $camera } is slow: no picture after { $seconds } s; { $others } more, see mirilla camera list
    }
doctor-camera-in-use =
    { $others ->
        [0] { $camera } is in use by another program
       *[other] { $camera } is in use by another program; { $others } more, see mirilla camera list
    }
doctor-camera-in-use-try = end that program
doctor-camera-in-use-kiosk =
    { $others ->
        [0] { $camera } is in use by another program: as it should be if that is the kiosk
       *[other] { $camera } is in use by another program: as it should be if that is the kiosk; { $others } more, see mirilla camera list
    }
doctor-camera-trouble =
    { $others ->
        [0] { $camera }: { $detail }
       *[other] { $camera }: { $detail }; { $others } more, see mirilla camera list
    }
doctor-camera-no-permission-try = add the user to the group video (sudo usermod -aG video NAME) and log in again, or allow camera access in the system's settings
doctor-camera-unplugged-try = plug the camera in again; where it was not pulled out, try another cable or port
doctor-camera-frozen-try = unplug the camera and plug it in again
doctor-camera-black-try = open the camera's shutter, take its cover off, or switch the light on
doctor-camera-failing-try = unplug the camera and plug it in again; if that does not help, try another port or camera
doctor-no-threads = the system gives no threads
doctor-clock-past = { $time } is in the past
doctor-clock-past-try = set the clock, or sessions end at the wrong time

## The on-screen keyboard
key-keyboard = On-screen keyboard
key-shift = Capital letter
key-caps-lock = Capital letters
key-backspace = Delete
key-space = Space
key-hide = Hide the keyboard
key-symbols = Digits and signs
key-letters = Letters
key-left = To the left
key-right = To the right
key-accents = Accents of { $letter }
key-enter = Next
key-done = Done
