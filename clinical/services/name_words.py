"""Word lists of the name guard: names that are words too, usual short forms, abbreviations of the field, what people do."""


def words_of(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(text.split())


# Names (given or family) that are ordinary English words as well: they count only where they are written like a name.
WORDS_TOO = words_of(
    """
    abbey aim alma amber angel april archer art ash august aura autumn baker banks bay bean bear beau bee bell best bill bird
    bishop black blue bob bond book boone booker bowl brand bright brook brooks brown buck bud buddy burns bush butcher butler
    cannon carol carpenter carter case cash castle chance chandler charity chase chip christian clay cliff cloud coach cole
    constance cook cooper count crane crystal daily daisy dale daniel dash dawn day dean destiny dick dick dollar dove drake
    drew duke earl early east faith farmer felicity fern field fields finch fish fisher flint flora florence flower ford
    forest forrest foster fountain fox frank free freeman friend frost gardener garland gay gene gift glass glen gold good
    goodman grace grant gray green grey grove guy hall hand hanks happy hardy harmony harper hart haven hawk hay hazel head
    heather heaven hill holly honey honor hood hook hope house hunt hunter iris ivory ivy jack jade jay jean jewel jimmy joy
    joyce june justice king knight lake lance land lane lark laurel law lee liberty lily line little long lord love low lynx
    major man mark marks marsh mason may meadow melody mercy merit merry miles mills minor mo moon moore moss myrtle needle
    nick noble north nova oak ocean olive opal page park parker parks parsons pat patience patty peace pearl penny pepper
    petty phoenix pierce pike piper pool poole pope porter potter power price prince prudence quick rain rainbow randy ray
    read red reed reese reeves rex rich river rivers rob robin rock rocky rod root rose rosemary rowan ruby rush russell rusty
    ryder sage sailor salmon sandy saul savage savannah self serenity shade shaw shepherd short silver singer sky skip small
    smart snow sonny south spring stark star stern still stone story strange street strong sue summer summers sunny sweet
    swift taylor teal temple terry tiger tom tony townsend trinity trip troy true tucker turner valentine van vance verity
    victor violet wade walker wall walls ward waters watt way weaver webb weeks welch wells west wheat wheeler white wild
    will willow winter wise wolf wood woods word work worth wren wright yale york young
    """
)
MONTHS = words_of("january april may june july august")
BEFORE_MONTHS = words_of(
    "in since until till by last next this early late mid end of from through during every and or between after before"
)
PARTICLES = words_of(
    "de la las los van von der den del della di da do dos das bin ibn bint al el le du des san st saint ter the and mac"
)
# Usual short forms of given names, by the whole name (folded).
SHORT_FORMS = {
    whole: tuple(short.split())
    for whole, short in {
        "abigail": "abby gail",
        "albert": "al bert bertie",
        "alexander": "alex xander sasha",
        "alexandra": "alex lexi sandra sasha",
        "alfred": "al alf fred",
        "amanda": "mandy",
        "andrea": "andi",
        "andrew": "andy drew",
        "anthony": "tony ant",
        "antonio": "tony toni",
        "barbara": "barb babs",
        "benjamin": "ben benny benji",
        "bernard": "bernie",
        "catherine": "cathy kate katie cat",
        "charles": "charlie chuck chas",
        "charlotte": "charlie lottie",
        "christina": "chris tina chrissy",
        "christine": "chris tina chrissy",
        "christopher": "chris topher kit",
        "cynthia": "cindy",
        "daniel": "dan danny",
        "david": "dave davey",
        "deborah": "deb debbie",
        "dolores": "lola",
        "dominic": "dom nick",
        "donald": "don donnie",
        "dorothy": "dot dottie dolly",
        "douglas": "doug",
        "edward": "ed eddie ted teddy ned",
        "eleanor": "ellie nell nora",
        "elizabeth": "liz lizzie beth betty eliza betsy libby",
        "emily": "em emmy",
        "eugene": "gene",
        "frances": "fran frankie franny",
        "francis": "frank fran frankie",
        "francisco": "paco pancho frank",
        "franklin": "frank",
        "frederick": "fred freddie",
        "gabriel": "gabe",
        "gerald": "gerry jerry",
        "gregory": "greg",
        "guadalupe": "lupe lupita",
        "guillermo": "memo",
        "harold": "harry hal",
        "henry": "hank harry",
        "ignacio": "nacho",
        "isabella": "bella izzy",
        "jacqueline": "jackie",
        "james": "jim jimmy jamie",
        "janet": "jan",
        "jeffrey": "jeff",
        "jennifer": "jen jenny",
        "jeremy": "jerry",
        "jessica": "jess jessie",
        "jesus": "chuy",
        "john": "johnny jack jon",
        "jonathan": "jon jonny nathan",
        "jose": "pepe",
        "joseph": "joe joey",
        "josephine": "jo josie",
        "joshua": "josh",
        "juan": "juanito",
        "judith": "judy",
        "katherine": "kathy kate katie kat",
        "kathleen": "kathy kate katie",
        "kenneth": "ken kenny",
        "kimberly": "kim kimmy",
        "lawrence": "larry",
        "leonard": "leo len lenny",
        "luis": "lucho",
        "madeline": "maddie",
        "manuel": "manny manolo",
        "margaret": "maggie meg peggy marge greta",
        "maria": "mari",
        "matthew": "matt matty",
        "melissa": "mel missy",
        "michael": "mike mikey mick",
        "michelle": "shelly",
        "mohammed": "mo",
        "muhammad": "mo",
        "nathaniel": "nate nathan",
        "nicholas": "nick nicky",
        "nicole": "nikki",
        "pamela": "pam",
        "patricia": "pat patty tricia trish",
        "patrick": "pat paddy",
        "peter": "pete",
        "philip": "phil",
        "phillip": "phil",
        "raymond": "ray",
        "rebecca": "becca becky",
        "ricardo": "ricky rico",
        "richard": "rich rick ricky dick",
        "robert": "bob bobby rob robbie bert",
        "roberto": "beto",
        "ronald": "ron ronnie",
        "rosario": "charo",
        "roxanne": "roxy",
        "rudolph": "rudy",
        "samantha": "sam sammy",
        "samuel": "sam sammy",
        "sandra": "sandy",
        "stephanie": "steph",
        "stephen": "steve",
        "steven": "steve",
        "susan": "sue susie",
        "theodore": "ted teddy theo",
        "theresa": "terry tess tessa",
        "thomas": "tom tommy",
        "timothy": "tim timmy",
        "veronica": "ronnie roni",
        "victoria": "vicky tori",
        "vincent": "vince vinny",
        "virginia": "ginny",
        "walter": "walt wally",
        "william": "will bill billy willy liam",
        "zachary": "zach zack",
    }.items()
}
# Capitals of the field and of every day that are nobody's initials.
ABBREVIATIONS = words_of(
    """
    AA ACA ACT ADD AM AMA ASL AUD AVH BA BAC BAL BAM BH BHT BP CA CAD CBD CBT CM CNS CPS CPT CSW CT DA DBT DD DHS DMC DOB
    DOC DSM DT DTS DUI DV DWI DX EAP ED EEG EHR EKG ER ETG ETOH FH FU FX GAD GED GF GI GP HI HIV HR HS HW HX ICD ICU ID
    IED IM IOP IP IPV IQ IT ITP IV LA LCS LMF LOC LPC MA MAR MAT MD MDD MET MH MI MLB MRI MS MSE MSW NA NAD NBA NFL NIH NO
    NOS NP NSR NY OA OB OCD OD OK ONS OP OT OTC OUD PA PAWS PC PCL PCP PD PE PHI PHP PHQ PI PM PMS PO PRN PT PTA PTS QD RA
    RADT RN ROI RO RP RX SA SC SH SI SIB SLP SMI SMS SOB SSI SSRI SUD SW SX TB TBI TC THC TIP TV TX UA UK US USA UTI VA VM
    VR WHO WNL WRAP ZOOM AVP BF SO PFA TRO POC OMG LOL FYI ASAP RSVP TBD TBA ETA FAQ DIY VIP GPS CEO IRS DMV TSA FBI KIT
    II III
    """
)
# What follows a name at the beginning of a sentence (besides words that end in "ed").
ACTS = words_of(
    """
    and also is was has had does did said says told tells felt feels spoke speaks gave gives took takes went goes came comes
    made makes got gets kept keeps left leaves let met meets sat sits stood stands thought thinks knew knows saw sees heard hears
    wrote writes read reads brought brings began begins became becomes found finds lost loses held holds led leads ran runs sang
    shares asks asked agrees appears arrives attends reports responds seems shows states supports talks tends tries wants
    laughs cries cried denies denied notes offers participates relates listens joins remains presents describes expresses
    discusses discloses engages explains identifies mentions names practices rates recalls reflects struggles uses works
    who whose then just never always really
    """
)
