### Los textos de la ventana, en español. Se habla de usted; una idea por frase.

## Inicio
home-welcome = Le damos la bienvenida
home-promise = Funciona sin internet. No se guarda ninguna foto suya.
clock-name = Hora: { $time }. Mantenga pulsada la hora para abrir las páginas del operador.
weekday-1 = lunes
weekday-2 = martes
weekday-3 = miércoles
weekday-4 = jueves
weekday-5 = viernes
weekday-6 = sábado
weekday-7 = domingo
month-1 = enero
month-2 = febrero
month-3 = marzo
month-4 = abril
month-5 = mayo
month-6 = junio
month-7 = julio
month-8 = agosto
month-9 = septiembre
month-10 = octubre
month-11 = noviembre
month-12 = diciembre
month-short-1 = ene
month-short-2 = feb
month-short-3 = mar
month-short-4 = abr
month-short-5 = may
month-short-6 = jun
month-short-7 = jul
month-short-8 = ago
month-short-9 = sep
month-short-10 = oct
month-short-11 = nov
month-short-12 = dic
date-long = { $weekday }, { $day } de { $month }
date-time = { $day } de { $month } de { $year }, { $time }
date-time-short = { $day } { $month } { $year }, { $time }
never = Nunca

## Lo que se puede pulsar
action-sign-in = Entrar
action-register = Registrarse
action-register-instead = ¿Primera vez? Registrarse
action-back = Atrás
action-next = Siguiente: la cámara
action-save-face = Guardar
action-take-again = Repetir fotos
action-done = Listo
action-try-sign-in = Probar ahora
action-try-again = Intentar de nuevo
action-change-details = Cambiar datos
action-leave = Salir
action-edit = Editar datos
action-renew = Actualizar rostro
action-delete = Borrar mis datos
action-sign-out = Cerrar sesión
action-save = Guardar
action-discard = Cancelar
action-keep = No, conservar
action-delete-for-good = Sí, borrar para siempre
action-remove = Eliminar
action-close = Cerrar
action-quit = Cerrar el programa
action-go-on = No, continuar
action-next-pin = Siguiente: el PIN
action-use-pin = Usar un PIN
action-without-face = Sin la cámara
action-set-pin = Mi PIN
action-history = ¿Quién usó mi rostro?
action-agree = Acepto
action-disagree = No acepto
action-go-on-pin = Continuar
action-erase = Borrar

## Registro
register-step-1 = Registro, paso 1 de 2
register-step-2 = Registro, paso 2 de 2
register-title = ¿Quién es usted?
register-why = El nombre es para saludarle. El correo le distingue de otras personas con el mismo nombre.
field-name = Nombre
field-name-hint = por ejemplo: Ana Díaz
field-email = Correo electrónico
field-email-hint = por ejemplo: ana@example.org
error-name-empty = Escriba su nombre, por favor.
error-name-too-long = El nombre es demasiado largo: 100 caracteres como máximo.
error-name-control-character = Escriba el nombre en una sola línea, con letras normales.
error-email-empty = Escriba su correo electrónico, por favor.
error-email-too-long = El correo es demasiado largo.
error-email-malformed = Escríbalo así: ana@example.org
refused-email-taken = Ya hay alguien registrado con este correo. ¿Es usted? Entonces, pulse «Entrar».
refused-email-of-another = Este correo es de otra cuenta. Escriba uno distinto, por favor.
refused-other = No se ha podido guardar. Pregunte en recepción, por favor.

## La cámara en marcha
lens-resting = Una mirilla cerrada: la cámara está apagada
lens-live = La imagen de la cámara, como en un espejo
lens-done = Listo
lens-declined = No ha salido bien
lens-trouble = Sin imagen
camera-starting = La cámara se está encendiendo…
working = Un momento…
pose-ahead = Mire a la cámara
pose-left = Gire un poco la cabeza a su izquierda
pose-right = Gire un poco la cabeza a su derecha
capture-count = { $done } de { $all } fotos hechas
capture-how = No hay que pulsar nada.
renewal-step = Actualizar rostro
sign-in-step = Entrar
sign-in-how = Funciona solo. No hay que pulsar nada.

challenge-step = Entrar
challenge-ahead = Mire de frente, al punto
challenge-left = Gire la cabeza a la izquierda
challenge-right = Gire la cabeza a la derecha
challenge-up = Mire hacia arriba
challenge-down = Mire hacia abajo
challenge-blink = Cierre los ojos y ábralos
challenge-count = { $done } de { $all } hechos
challenge-how = Siga el punto con la cabeza.
challenge-how-blink = Los dos ojos, un momento.
challenge-otherwise = Si no puede, use su PIN.
challenge-otherwise-both = Si no puede, pregunte en el mostrador.

coach-no-face = Mire a la cámara
coach-several-faces = Una persona a la vez
coach-face-too-small = Acérquese un poco
coach-face-turned = Mire de frente a la cámara
coach-face-cut-off = Póngase en el centro
coach-too-dark = Gírese hacia la luz
coach-too-bright = Apártese de la luz fuerte
coach-too-blurred = No se mueva un momento
coach-face-unclear = Descubra su rostro y busque la luz
coach-same-picture = Muévase un poco: la imagen no cambia

review-title = ¿Son correctos estos datos?
review-renewal-title = ¿Usar estas fotos desde ahora?
review-renewal-stored = Todavía no se ha cambiado nada. Si guarda, la descripción de su rostro en números se sustituye por otra nueva; no se guarda ninguna foto.
review-pictures =
    { $count ->
        [one] Una buena foto de su rostro
       *[other] { $count } buenas fotos de su rostro
    }
review-stored = Todavía no se ha guardado nada. Si guarda, aquí quedarán su nombre, su correo y una descripción de su rostro en números, pero ninguna foto.
enrolled-title = ¡Le damos la bienvenida, { $name }!
enrolled-next = Su registro está completo. A partir de ahora basta con mirar a la cámara.

## No ha salido bien
declined-no-face = No he visto ningún rostro
declined-no-face-try = Póngase delante de la cámara, a un brazo de distancia, y mírela.
declined-several-faces = He visto a más de una persona
declined-several-faces-try = Acérquense a la cámara por turnos, por favor.
declined-face-too-small = Estaba demasiado lejos
declined-face-too-small-try = Acérquese hasta más o menos un brazo de distancia.
declined-face-turned = No le he visto de frente
declined-face-turned-try = Mire de frente a la cámara.
declined-face-cut-off = Solo he visto una parte de su rostro
declined-face-cut-off-try = Póngase en el centro de la imagen.
declined-too-dark = Estaba demasiado oscuro
declined-too-dark-try = Gírese hacia la luz o pida más luz.
declined-too-bright = La luz era demasiado fuerte
declined-too-bright-try = Apártese de la ventana o de la lámpara.
declined-too-blurred = La imagen estaba borrosa
declined-too-blurred-try = No se mueva un momento. Quizá haya que limpiar la lente.
declined-face-unclear = No se distinguía bien su rostro
declined-face-unclear-try = Descúbralo, mire a la cámara y busque la luz.
declined-same-picture = La imagen no cambiaba
declined-same-picture-try = La cámara enviaba siempre la misma imagen. Inténtelo otra vez, por favor.
declined-not-one-person = Las fotos no son de la misma persona
declined-not-one-person-try = Quédese a solas delante de la cámara hasta que estén hechas todas las fotos, por favor.
declined-photo-suspected = Esto me parece una imagen
declined-photo-suspected-try = Acérquese usted a la cámara, sin nada alrededor del rostro: ni marco, ni teléfono, ni cristal.
declined-liveness-unclear = No he podido saber si está usted ahí
declined-liveness-unclear-try = Inténtelo otra vez, despacio y con buena luz.
declined-not-recognized = Todavía no le conozco
declined-not-recognized-try = Si ya se registró: mire de frente a la cámara, quítese lo que le cubra el rostro y gírese hacia la luz. Si no, puede registrarse ahora.
declined-ambiguous = No sé con seguridad quién es usted
declined-ambiguous-try = Dos personas registradas me resultan muy parecidas. Inténtelo otra vez, por favor.
declined-consent-needed = Hay que volver a aceptar
declined-consent-needed-try = Lo que aceptó ha caducado o ha cambiado. Entre en el quiosco, que se lo pregunta.
declined-already-enrolled = Su rostro ya está registrado
declined-already-enrolled-try = Quizá con otro correo. Entre para verlo y cambiarlo.
declined-too-many-attempts = Demasiados intentos
declined-too-many-attempts-try =
    { $seconds ->
        [0] Ya puede intentarlo otra vez.
        [one] Inténtelo otra vez dentro de { $seconds } segundo, por favor.
       *[other] Inténtelo otra vez dentro de { $seconds } segundos, por favor.
    }
declined-pin-wrong = El PIN no es correcto
declined-pin-wrong-try = Inténtelo otra vez.
declined-pin-not-set = También hace falta un PIN
declined-pin-not-set-try = Le he reconocido, pero todavía no tiene PIN. En recepción pueden darle uno.
declined-pin-needed = Primero hace falta su PIN
declined-pin-needed-try = Quien cambia una cuenta da su PIN. Abra su perfil e inténtelo otra vez.
declined-operator-needed = Hace falta el PIN del operador
declined-operator-needed-try = Pregunte a quien cuida de este equipo.
declined-face-needed = También hace falta su rostro
declined-face-needed-try = Este equipo pide su rostro y su PIN: entre con la cámara.
declined-email-taken = Este correo ya está registrado
declined-email-taken-try = Alguien se registró con él. Si es usted, pulse «Entrar».
declined-timed-out = Ha pasado demasiado tiempo
declined-timed-out-try = No pasa nada. Inténtelo de nuevo cuando quiera.
declined-token-expired = Su sesión ha terminado
declined-token-expired-try = Se acabó el tiempo. Entre de nuevo para seguir.
declined-token-not-yet-valid = Su sesión ha terminado
declined-token-not-yet-valid-try = Ha cambiado el reloj de este equipo. Entre de nuevo, por favor.
declined-token-invalid = Su sesión ha terminado
declined-token-invalid-try = Entre de nuevo, por favor.
declined-user-removed = Esta cuenta ya no existe
declined-user-removed-try = Se eliminó entretanto. Puede registrarse de nuevo.
declined-user-unknown = No encuentro esta cuenta
declined-user-unknown-try = Puede registrarse de nuevo.
declined-desk = ¿Prefiere no usar su rostro? Use un PIN, o pregunte en recepción.

## Problemas con la cámara
trouble-none-found = No se encuentra ninguna cámara
trouble-none-found-try = Conecte la cámara o mire si el cable está suelto.
trouble-in-use = La cámara está ocupada
trouble-in-use-try = La está usando otro programa. Cierre ese programa.
trouble-no-permission = La cámara no está permitida
trouble-no-permission-try = Este programa no tiene permiso. El técnico puede darlo (en Linux: grupo «video»).
trouble-unplugged = Se ha desconectado la cámara
trouble-unplugged-try = Vuelva a conectarla.
trouble-frozen = La cámara no envía imágenes
trouble-frozen-try = Desconéctela, espere un momento y vuelva a conectarla.
trouble-black = La imagen está en negro
trouble-black-try = Abra la tapa de la cámara o quite lo que cubra la lente.
trouble-failing = La cámara no funciona bien
trouble-failing-try = Desconéctela y vuelva a conectarla, o pruebe con otra.
trouble-waiting = Pregunte en recepción, por favor. Continuará automáticamente en cuanto haya imagen.
failure-title = Este equipo necesita atención
failure-try = No es culpa suya: algo no funciona en este equipo. Pregunte en recepción, por favor.
failure-operator = Para el operador: { $detail }
failure-recognition = el reconocimiento se ha detenido; inicie el programa de nuevo

## El perfil
profile-greeting = ¡Hola, { $name }!
profile-enrolled = Fecha de registro
profile-last-sign-in = Última entrada
profile-sign-in-before = Entrada anterior
profile-first-time = Esta es la primera
profile-session = La sesión se cierra al salir, o en { $time }.
notice-saved = Los cambios se han guardado.
notice-renewed = Ya se usan sus fotos nuevas.
notice-pin-set = Su PIN está guardado.
notice-not-renewed = No se ha cambiado nada. { $why }.
notice-other-face = No se ha cambiado nada: el rostro no parece el de esta cuenta.
edit-title = Cambiar nombre o correo
delete-title = ¿Borrar todo?
delete-what = Su nombre, su correo y la descripción de su rostro se borran al momento. No se puede deshacer.
removed-title = Todo se ha borrado
removed-what = Aquí ya no queda nada que diga su nombre ni que describa su rostro. Puede registrarse de nuevo cuando quiera.

## PIN
pin-address-title = Entrar con un PIN
pin-address-why = Para quien ha elegido uno. Primero, su correo electrónico.
pin-title = Su PIN
pin-why = El que eligió al registrarse o en su perfil.
pin-after-face = Le he reconocido. Este equipo pide también su PIN.
pin-operator-title = El PIN del operador
pin-operator-why = Para quien cuida de este equipo.
pin-operator-now = El que vale ahora, antes de elegir otro.
pin-present-title = El PIN que tiene ahora
pin-present-why = Lo que abre su cuenta solo lo cambia quien sabe su PIN.
pin-change-why = Este equipo pide su PIN antes de cambiar nada en su perfil.
pin-history-why = Este equipo pide su PIN antes de decir cuándo se usó su cuenta.
pin-choose-first = Este equipo pide un PIN antes de cambiar nada en su perfil. Todavía no tiene ninguno: elija uno, de 6 a 12 cifras.
pin-choose-for-history = Este equipo pide un PIN antes de decir cuándo se usó su cuenta. Todavía no tiene ninguno: elija uno, de 6 a 12 cifras.
pin-choose-title = Elija un PIN
pin-choose-why = De 6 a 12 cifras. Con él puede entrar sin la cámara.
pin-choose-why-both = De 6 a 12 cifras. Este equipo le pedirá el rostro y el PIN.
pin-choose-operator-title = Elija el PIN del operador
pin-choose-operator-why = Todavía no hay ninguno. De 6 a 12 cifras; quien lo sabe puede cambiarlo y borrarlo todo aquí.
pin-choose-operator-other = De 6 a 12 cifras; quien lo sabe puede cambiarlo y borrarlo todo aquí. Vale desde ahora.
pin-repeat-title = El mismo PIN otra vez
pin-repeat-why = Para que un dedo torpe no le deje fuera.
pin-typed =
    { $count ->
        [one] Una cifra escrita
       *[other] { $count } cifras escritas
    }
pin-length = Un PIN tiene de 6 a 12 cifras.
pin-obvious = Este es demasiado fácil de adivinar. Elija cifras que no se sigan ni se repitan.
pin-not-the-same = Eran dos PIN distintos. Elija uno otra vez.
pin-wrong = No es correcto. Inténtelo otra vez.
pin-of-auditor = Este PIN abre el registro y nada más. Aquí se pide el del operador.
pin-of-other-role = Este es el PIN del auditor. Elija otro para el operador.

## Consentimiento
consent-again = Léalo otra vez, por favor: ha cambiado, o ha pasado mucho tiempo.

## ¿Quién usó mi rostro?
history-title = ¿Quién usó mi rostro?
history-what = Todo lo que pasó aquí con su cuenta; lo último, primero.
history-by-face = entrada con el rostro
history-by-pin = entrada con el PIN
history-by-both = entrada con el rostro y el PIN
history-no-life = reconocido y no admitido: sin señales de vida, o una imagen
history-wrong-pin = alguien escribió un PIN equivocado
history-left-at-pin = reconocimiento, y salida sin dar el PIN
history-signed-out = salida
history-enrolled = registro
history-renewed = fotos nuevas del rostro
history-renewed-by-operator = fotos nuevas del rostro, por el operador
history-changed = nombre o correo cambiado
history-pin-set = PIN elegido
history-pin-set-by-operator = PIN puesto por el operador
history-pin-given = PIN correcto escrito con la sesión abierta
history-pin-removed = PIN quitado por el operador
history-pin-alone = el operador permite entrar solo con el PIN
history-pin-not-alone = se vuelve a pedir el rostro además del PIN
history-agreed = aceptó lo que se hace con el rostro
history-exported = todos los datos, copiados por el operador
history-other = otra cosa

## ¿Hay alguien?
idle-question = ¿Sigue ahí?
idle-seconds = Volvemos al inicio en { $seconds } s.
idle-more-time = Más tiempo

## La demostración
demo-next = Siguiente persona
demo-before = Demostración. Delante de la cámara: { $who }
demo-obama = Barack Obama
demo-obama-later = Barack Obama, otro día
demo-biden = Joe Biden
demo-collins = Eileen Collins
demo-nobody = nadie
demo-far = alguien muy lejos
demo-two = dos personas
demo-dark = alguien a oscuras
demo-shutter = una tapa cerrada
demo-unplugged = una cámara desconectada
demo-in-use = una cámara ocupada
demo-no-permission = una cámara sin permiso
demo-frozen = una cámara que no envía nada
demo-failing = una cámara estropeada
demo-actors = Señales de vida
demo-portraits = Personas
demo-head-obama = una cabeza que se mueve, la de Barack Obama
demo-head-biden = una cabeza que se mueve, la de Joe Biden
demo-print-flat = una foto impresa de Barack Obama
demo-print-large = una impresión que llena la imagen
demo-print-bent = una impresión curvada
demo-print-rolled = una impresión enrollada
demo-rolled-eyes-cut = una impresión enrollada con agujeros en los ojos
demo-print-folded = una impresión doblada por la nariz
demo-cut-out = un rostro recortado en papel
demo-cut-eyes = una impresión con agujeros en los ojos
demo-phone = un teléfono que muestra una película
demo-screen = una pantalla que muestra una película y llena la imagen
demo-print-beside = una impresión junto a una cabeza viva
demo-swapped = una impresión que deja su lugar a otra persona
demo-stills = impresiones de cada pose, cambiadas según se pide

## Las páginas del operador
operator-people = Personas
operator-camera = Cámara
operator-decisions = Decisiones
operator-place = Este equipo
operator-health = Estado
people-search = Buscar
people-search-hint = Nombre o correo
people-sort = Ordenar por
people-by-name = Nombre
people-by-enrolled = Más recientes
people-by-sign-in = Última entrada
people-count =
    { $all ->
        [one] { $shown } de { $all } persona
       *[other] { $shown } de { $all } personas
    }
people-none = Todavía no hay nadie registrado
people-none-try = Quien se registre aparecerá aquí.
people-no-match = No se ha encontrado a nadie
people-show-all = Mostrar todo
people-remove-name = Eliminar a { $name }
people-looks-like = Su rostro no se distingue del de { $name }
remove-title = ¿Eliminar a { $name }?
remove-what = El nombre, el correo y la descripción del rostro se borran al momento. No se puede deshacer.
operator-camera-which = ¿Qué cámara?
operator-camera-none = No hay ninguna cámara que elegir.
camera-figures = { $source }; { $fps } imágenes por segundo; { $frames } hasta ahora, { $bad } inservibles
figures-no-face = Ningún rostro
figures-several =
    { $count ->
        [one] Un rostro
       *[other] { $count } rostros
    }
figures-face-up = Rostro de { $width } píxeles de ancho, girado { $yaw }° de lado y { $pitch }° hacia arriba
figures-face-down = Rostro de { $width } píxeles de ancho, girado { $yaw }° de lado y { $pitch }° hacia abajo
figures-light = Luz de { $dark } a { $bright } sobre 255, nitidez { $sharpness }
figures-good = Sirve para reconocer
strictness-title = ¿Cuánta seguridad hace falta?
strictness-lenient = Tolerante
strictness-standard = Normal
strictness-strict = Estricta
strictness-lenient-what = Menos personas tienen que repetir; a cambio, es algo más fácil confundir a un desconocido con alguien registrado. Para lugares donde también vigila una persona.
strictness-standard-what = Ajuste de fábrica: pocas personas tienen que repetir y rara vez se confunde a un desconocido con alguien registrado.
strictness-strict-what = Es más difícil confundir a un desconocido con alguien registrado; a cambio, más personas tienen que repetir, sobre todo con mala luz.
strictness-promise =
    Con { $enrolled ->
        [one] una persona registrada
       *[other] { $enrolled } personas registradas
    }, se confunde más o menos a un desconocido de cada { $strangers } con alguien registrado, y se repite una de cada { $people } visitas de personas registradas.
strictness-figures = Se acepta un rostro a partir de { $threshold } puntos, con { $margin } de ventaja sobre el siguiente. Referencias comparadas: { $enrolled }.
means-title = ¿Cómo se entra?
means-face = Rostro
means-both = Rostro y PIN
means-pin = PIN
means-face-what = Con el rostro; quien ha elegido un PIN puede usarlo en su lugar.
means-both-what = Con ambos. A quien no pueda usar la cámara regístrelo usted en la página Personas, sin el rostro; a los demás les da permiso con mirilla users pin --alone.
means-pin-what = Con correo electrónico y PIN. La cámara queda apagada y no se registra ningún rostro.
liveness-title = Señales de vida
liveness-off = Ninguna
liveness-passive = Mirar
liveness-active = Moverse
liveness-active-with-pin = Moverse y PIN
liveness-off-what = No se comprueba nada: una foto puede entrar.
liveness-passive-what = Rechaza algunas fotos y teléfonos mostrados sin cuidado. No demuestra que haya alguien.
liveness-active-what = Se gira la cabeza tres veces y se cierran los ojos una vez; quien no puede usa un PIN. En simulaciones, ninguna foto impresa plana lo superó. No detiene grabaciones reproducidas en el orden debido, varias fotos fijas sucesivas, fotos animadas o dobladas ni máscaras.
liveness-active-with-pin-what = Lo mismo, y además el PIN: para todo lo que tenga valor. Quien no puede mover la cabeza necesita su permiso: mirilla users pin --alone.
face-alone-title = ¿Dónde se entra solo con el rostro?
face-alone-always = En todos los niveles
face-alone-tested = Donde la autoprueba vale
face-alone-always-what = Diga lo que diga la autoprueba; no se pide nada más.
face-alone-tested-what = Solo en un nivel para el que vale la autoprueba: si no se hizo, ha caducado o pasó una imagen, se pide también el PIN.
means-without-pin =
    { $count ->
        [one] Una persona no puede entrar, sin PIN, o sin rostro ni permiso: mirilla users pin da ambos.
       *[other] { $count } personas no pueden entrar, sin PIN, o sin rostro ni permiso: mirilla users pin da ambos.
    }
changes-title = ¿Cómo se cambian los perfiles?
removal-guard-title = ¿Cómo se borran las cuentas?
history-guard-title = ¿Cómo se ve quién usó una cuenta?
changes-as-signed-in = Con la sesión abierta
changes-with-pin = Con el PIN
changes-as-signed-in-what = Quien ha entrado cambia su nombre y su correo, o se hace fotos nuevas.
changes-with-pin-what = Antes se pide el PIN, una vez en cada sesión que no se abrió con él. A quien no tiene ninguno se le pide antes que elija uno.
enrollment-title = ¿Quién puede registrar?
enrollment-anybody = Cada cual, a sí mismo
enrollment-operator = Solo el operador
enrollment-what = El operador registra en la página Personas, o da el PIN al empezar cada registro.
enrollment-liveness-title = Señales de vida al registrar o actualizar un rostro
enrollment-liveness-off-what = No se comprueba nada: se puede registrar una foto.
enrollment-liveness-passive-what = Rechaza algunas fotos y teléfonos mostrados sin cuidado. No se pide a nadie que se mueva: si hace falta más, que registre solo el operador.
people-register = Registrar a alguien
patience-title = ¿Cuánto tiempo se da a las personas?
patience-times =
    { $times ->
        [one] El habitual
        [2] El doble
       *[other] { $times } veces el habitual
    }
patience-what = Para quien necesita más tiempo para leer, moverse o escribir.
keep-title = ¿Cuánto se conserva a quien deja de venir?
keep-days =
    { $days ->
        [90] Tres meses
        [365] Un año
        [1095] Tres años
       *[other] { $days } días
    }
keep-what = Desde la última visita. Después se borra todo lo guardado de esa persona; tras una pausa larga o un salto del reloj, cuando el equipo haya funcionado dos semanas.
look-alike-title = Personas de aspecto idéntico
look-alike-what = Un rostro que ya se conoce no se registra por segunda vez. Si se rechaza a alguien porque se parece a otra persona, compruebe que son dos y registre aquí a la segunda.
look-alike-register = Registrar a alguien idéntico
place-name = Nombre de este lugar
place-name-hint = por ejemplo: Biblioteca Municipal
language-title = Idioma
language-system = El de este equipo
appearance-title = Aspecto
appearance-light = Claro
appearance-dark = Oscuro
appearance-contrast = Alto contraste
place-change-pin = Cambiar el PIN del operador
place-pin-changed = El PIN del operador está cambiado: el anterior ya no abre nada.
keyboard-title = Teclado en pantalla
keyboard-auto = Al tocar la pantalla
keyboard-always = Siempre
keyboard-never = Nunca
quit-title = ¿Cerrar el programa?
quit-what = Nadie podrá entrar aquí hasta que se inicie de nuevo. Si funciona como servicio, se reinicia solo.
health-well = Todo está bien
health-unwell = Algo necesita atención
health-unknown = No se ha podido comprobar
health-data-directory = Carpeta de datos
health-settings = Ajustes
health-database = Base de datos
health-store-key = Clave de la base de datos
health-token-key = Clave de las sesiones
health-networks = Reconocimiento
health-decisions = Decisiones
health-signing-in = Entrada
health-self-test = Autoprueba de las señales de vida
health-caution = { $what }: téngalo en cuenta
health-guessing = Intentos
health-operator = Operador
health-retention = Conservación de datos
health-processor = Procesador
health-camera = Cámara
health-clock = Reloj

## La autoprueba de las señales de vida
selftest-title = Autoprueba
selftest-what = Mide con personas y con imágenes qué se deja pasar en este quiosco. Se guardan las cuentas y ninguna imagen. No es un certificado según ISO/IEC 30107-3.
selftest-open = Empezar la autoprueba
selftest-next = Comenzar
selftest-repeat = Repetir la última
selftest-leave-out = Omitir
selftest-stop = Parar por ahora
selftest-break-off = Interrumpir
selftest-other-camera = Esta no es la cámara, o no es el modo, con que se empezó: no se contó nada. Vuelva a poner aquella, o empiece de nuevo tras mirilla selftest --forget.
selftest-overtaken = En otro lugar alguien ha contado entretanto, o lo ha hecho olvidar: la última no se contó aquí.
selftest-when = Contado hasta el { $when }, con { $camera }.
selftest-figure = { $what }: pasaron { $passed } de { $tried }; pasaría como mucho un { $most } %.
selftest-figure-none = { $what }: sin probar.
selftest-figure-people = Personas que vinieron lo bastante: { $people }. No entraron { $missed } de { $tried } veces; sería como mucho un { $most } %.
selftest-enroll = Persona { $person } de { $people }: mire a la cámara y luego un poco hacia cada lado. No se guarda nada del rostro más allá de la prueba.
selftest-enroll-attacks = Quien aparece en las imágenes: mire a la cámara y luego un poco hacia cada lado. No se guarda nada del rostro más allá de la prueba.
selftest-bona-fide = Persona { $person }, vez { $attempt } de { $of }: aléjese, vuelva y entre tal como es.
selftest-attack = { $what }, vez { $attempt } de { $of }
selftest-outcome-passed = Se dejó pasar.
selftest-outcome-refused = Rechazado: una señal de vida habló en contra.
selftest-outcome-no-verdict = No se dejó pasar: no se vieron las señales de vida que se pedían.
selftest-outcome-not-recognized = No se reconoció a nadie. Si era un ataque, haga una imagen mejor: esta vez no cuenta.
selftest-outcome-not-seen = No se vio bien ningún rostro. Si era un ataque, sujete mejor la imagen: esta vez no cuenta.
selftest-untested = El nivel { $level } no se ha medido aquí.
selftest-expired = El nivel { $level } se midió y ya no vale: desde entonces cambió { $changed }.
selftest-beaten = En el nivel { $level } pasaron imágenes: { $species }.
selftest-unfinished = Nivel { $level }: no pasó nada, pero se probó demasiado poco. Personas que faltan: { $people }; probado muy pocas veces: { $species }.
selftest-unfinished-people = Nivel { $level }: no pasó nada, pero entraron muy pocas personas. Personas que faltan: { $people }.
selftest-holds = El nivel { $level } resiste: de ninguna clase de imagen pasó una sola.
attack-print-matte = Impresión mate
attack-print-matte-how = Imprima el rostro de alguien a quien se acaba de registrar para esto, a tamaño natural, en papel corriente. Sujételo plano ante el suyo, a la altura de la cámara.
attack-print-glossy = Impresión brillante
attack-print-glossy-how = Lo mismo en papel fotográfico, sujeto de modo que no se refleje ninguna lámpara.
attack-print-bent = Impresión curvada
attack-print-bent-how = Curve la impresión a lo alto, como alrededor de una botella grande, y haga con ella lo que se pida.
attack-print-folded = Impresión doblada
attack-print-folded-how = Doble la impresión por la nariz, de modo que la nariz sobresalga, y haga con ella lo que se pida.
attack-cut-eyes = Impresión con agujeros para los ojos
attack-cut-eyes-how = Recorte los ojos de una impresión, sujétela ante su rostro, mire a través y parpadee cuando se pida.
attack-phone = Teléfono
attack-phone-how = Muestre la imagen en un teléfono, con brillo, tan cerca que el quiosco encuentre el rostro.
attack-tablet = Tableta que llena la vista
attack-tablet-how = Muestre la imagen a tamaño natural en una tableta o un monitor, tan cerca que la cámara no vea ningún borde.
attack-replayed-turn = Vídeo de una cabeza que gira
attack-replayed-turn-how = Grabe a la persona girando hacia cada lado, hacia arriba y hacia abajo, y parpadeando; reprodúzcalo en la misma pantalla.
changed-camera = la cámara
changed-networks = las redes
changed-thresholds = lo seguro que debe estar el quiosco, o el tiempo que da
changed-program = la versión del programa

## Lo que está bien y lo que no: la página Estado y mirilla doctor
doctor-said = { $detail }
doctor-run = { $command }
doctor-restart-try = Reinicie el equipo.
doctor-permissions-try = Corrija los permisos de la carpeta de datos.
doctor-folder-new = { $path }, se crea con el primer registro
doctor-folder-lost = { $path } no existe y no se puede crear
doctor-folder-other-try = Indique otra con --data-dir.
doctor-folder-error = { $path }: { $detail }
doctor-folder-permissions-try = Corrija sus permisos o indique otra con --data-dir.
doctor-folder-file = { $path } es un archivo
doctor-folder-open = Otros usuarios de este equipo pueden cambiar { $path }
doctor-folder-unwritable = No se puede escribir en { $path }: { $detail }
doctor-settings-understood = Leídos sin problemas
doctor-settings-delivered = Los de fábrica
doctor-settings-strange = No se entienden: { $detail }
doctor-settings-strange-try = Corrija el archivo o quítelo de ahí ({ $path }).
doctor-database-none = Todavía no hay, se crea con el primer registro
doctor-database-open = Otros usuarios de este equipo pueden leerla
doctor-database-older = Vacía o de una versión anterior: se cifra y se adapta en el próximo inicio
doctor-database-whole = Íntegra, esquema { $schema }, personas registradas: { $users }
doctor-database-outdated = Íntegra, esquema { $schema }, personas registradas: { $users }. No se reconoce a { $outdated } de ellas, por ser de otra red o estar dañadas: regístrelas de nuevo
doctor-database-error-try = Corrija lo que dice el mensaje; no se ha cambiado nada.
doctor-key-none = Todavía no hay, se crea en el primer inicio
doctor-key-error-try = Corrija los permisos de { $path }.
doctor-key-damaged = El archivo no contiene ninguna clave
doctor-key-damaged-try = Quite { $path } de ahí: se crea otra clave y terminan todas las sesiones.
doctor-key-left = Hay otra clave en un archivo de una versión anterior, que nada usa
doctor-key-left-try = Borre { $path } si no hace falta ninguna copia.
doctor-key-well = en la base de datos; claves cuyas sesiones se aceptan: { $count }
doctor-store-key-none = Todavía no hay, se crea en el primer inicio
doctor-store-key-file = En el archivo { $path }: quien se lleve el disco, o una copia de ambos archivos, puede leer todos los rostros y nombres; mirilla store rekey --to keyring o --to passphrase la guarda en otro sitio
doctor-store-key-open = Otros usuarios de este equipo pueden leerla, y con ella todos los rostros y nombres
doctor-store-key-keyring = En el llavero del sistema: un disco robado no revela nada sin la contraseña del usuario
doctor-store-key-passphrase = De una frase de paso que se pide en cada inicio: un disco robado no revela nada sin ella
doctor-store-key-error-try = Corrija lo que dice el mensaje; no se ha cambiado nada.
doctor-store-key-lost-try = devuelva la clave a su sitio desde su copia, o restaure una copia de seguridad hecha con contraseña
doctor-key-unknown = no se sabe: no se puede leer la base de datos
doctor-networks = { $network }, lista en { $loaded } ms, { $each } ms por foto; dos fotos de la misma persona obtienen { $mated } puntos, las de dos personas { $strangers }; esta prueba pide { $threshold }
doctor-networks-blind = No se ve ningún rostro en un retrato incluido
doctor-networks-damaged-try = Instale el programa de nuevo: el archivo está dañado.
doctor-processor =
    { $cores ->
        [one] 1 núcleo, { $kind }, vectores: { $vectors }
       *[other] { $cores } núcleos, { $kind }, vectores: { $vectors }
    }
doctor-decisions = Personas registradas: { $enrolled }, umbral { $threshold }; se confunde más o menos a un desconocido de cada { $strangers } con alguien registrado; tiene que repetir una de cada { $people } personas registradas
doctor-decisions-alike = { doctor-decisions }; parejas de personas cuyos rostros no se distinguen: { $alike } (marcadas en la lista de personas)
doctor-decisions-many = { doctor-decisions }; hay demasiadas personas para buscar parejas cuyos rostros no se distingan
doctor-decisions-unknown = No se sabe: no se puede leer la base de datos
doctor-sign-in-well = todos tienen lo que se pide
doctor-sign-in-without-pin = Personas que no pueden entrar, sin el PIN que se pide, o sin rostro ni permiso para entrar sin él: { $count }
doctor-selftest-beaten-try = ejecute mirilla selftest con otro nivel, o pida también el PIN (página Decisiones)
doctor-guessing-none = Nadie tiene que esperar
doctor-guessing-wait = Demasiados intentos fallidos: no se busca a nadie durante otros { $seconds } s
doctor-guessing-operator = Demasiados PIN erróneos del operador o del auditor: no se comprobará ninguno hasta dentro de { $seconds } s
doctor-guessing-accounts = Cuentas cuyo PIN no se comprueba por ahora, tras demasiados erróneos: { $count }
doctor-guessing-wait-try = Espere; mirilla audit show --last 40 dice cuándo fueron los intentos
doctor-guessing-unknown = No se sabe: no se puede leer la base de datos
doctor-operator-well = El PIN está elegido
doctor-operator-none = No hay PIN del operador: lo elige quien abra primero sus páginas
doctor-operator-later = Se elige cuando haya una base de datos
doctor-retention-well = No se conserva a nadie que lleve { $days } días sin venir
doctor-retention-removed =
    { $removed ->
        [one] No se conserva a nadie que lleve { $days } días sin venir; hasta ahora se ha eliminado a una persona, hace { $ago } días
       *[other] No se conserva a nadie que lleve { $days } días sin venir; hasta ahora se ha eliminado a { $removed } personas, la última hace { $ago } días
    }
doctor-retention-overdue =
    { $count ->
        [one] Se conserva a una persona que lleva { $days } días sin venir
       *[other] Se conserva a { $count } personas que llevan { $days } días sin venir
    }
doctor-camera-not-kept = no hay ninguna cámara elegida, así que se acepta cualquiera que se conecte, aunque se pide a la gente que se mueva
doctor-camera-not-kept-try = elija la cámara en la página Cámara
doctor-camera-played = Retratos en lugar de una cámara (demostración)
doctor-camera-none = No se encuentra ninguna
doctor-camera-none-try = Conecte una o mire si el cable está suelto.
doctor-camera-none-needed = No se encuentra ninguna; con fotografías no hace falta, para el quiosco conecte una
doctor-camera-lost =
    { $others ->
        [0] La elegida ({ $camera }) no está, y tampoco hay otra
        [one] La elegida ({ $camera }) no está; hay otra
       *[other] La elegida ({ $camera }) no está; hay otras { $others }
    }
doctor-camera-lost-try = Conéctela o elija otra en la página Cámara del operador.
doctor-camera-live =
    { $others ->
        [0] { $camera }, { $fps } imágenes por segundo
       *[other] { $camera }, { $fps } imágenes por segundo; otras conectadas: { $others }, véase mirilla camera list
    }
doctor-camera-slow =
    { $others ->
        [0] { $camera } es lenta: ninguna imagen en { $seconds } s
       *[other] { $camera } es lenta: ninguna imagen en { $seconds } s; otras conectadas: { $others }, véase mirilla camera list
    }
doctor-camera-in-use =
    { $others ->
        [0] Otro programa está usando { $camera }
       *[other] Otro programa está usando { $camera }; otras conectadas: { $others }, véase mirilla camera list
    }
doctor-camera-in-use-try = Cierre ese programa.
doctor-camera-in-use-kiosk =
    { $others ->
        [0] Otro programa está usando { $camera }: está bien si es el quiosco
       *[other] Otro programa está usando { $camera }: está bien si es el quiosco; otras conectadas: { $others }, véase mirilla camera list
    }
doctor-camera-trouble =
    { $others ->
        [0] { $camera }: { $detail }
       *[other] { $camera }: { $detail }; otras conectadas: { $others }, véase mirilla camera list
    }
doctor-camera-no-permission-try = Añada el usuario al grupo video (sudo usermod -aG video NOMBRE) e inicie la sesión de nuevo, o permita el uso de la cámara en los ajustes del sistema.
doctor-camera-unplugged-try = Vuelva a conectar la cámara; si nadie la ha desconectado, pruebe otro cable u otro puerto.
doctor-camera-frozen-try = Desconecte la cámara y vuelva a conectarla.
doctor-camera-black-try = Abra la tapa de la cámara, quite lo que cubra la lente o encienda la luz.
doctor-camera-failing-try = Desconecte la cámara y vuelva a conectarla; si no ayuda, pruebe otro puerto u otra cámara.
doctor-no-threads = El sistema no da hilos de ejecución
doctor-clock-past = { $time } es una fecha del pasado
doctor-clock-past-try = Ponga el reloj en hora, o las sesiones terminarán cuando no deben.

## El teclado en pantalla
key-keyboard = Teclado en pantalla
key-shift = Mayúscula
key-caps-lock = Mayúsculas
key-backspace = Borrar
key-space = Espacio
key-hide = Ocultar el teclado
key-symbols = Cifras y signos
key-letters = Letras
key-left = A la izquierda
key-right = A la derecha
key-accents = Acentos de { $letter }
key-enter = Siguiente
key-done = Listo
