command-description = Eines deiner Geräte ins Netzwerk aufnehmen lassen

option-device-name = gerät
option-device-description = Wie das Gerät heißen soll, zum Beispiel anna-laptop
option-platform-name = plattform
option-platform-description = Was auf dem Gerät läuft, damit du die passende Anleitung bekommst
option-reason-name = grund
option-reason-description = Wozu du es brauchst; das liest, wer über die Anfrage entscheidet
option-link-name = link
option-link-description = Der Anmeldelink, den dein Handy oder Fernseher anzeigt, falls es einen gibt

platform-ios = iPhone oder iPad
platform-tv = Fernseher
platform-other = Anderes

requests-description = Für alle, die über Anfragen entscheiden: was wartet, und wo die Karten sind

option-status-name = status
option-status-description = Welche Anfragen; ohne Angabe die, über die noch niemand entschieden hat
option-member-name = mitglied
option-member-description = Nur die Anfragen dieses Mitglieds

status-pending = Wartet auf eine Entscheidung
status-approved = Genehmigt
status-issuing = Wird übergeben
status-delivered = Schlüssel gesendet
status-claimable = Schlüssel kann abgeholt werden
status-failed = Fehlgeschlagen
status-joined = Verbunden
status-lost = Schlüssel benutzt, Gerät nicht gefunden
status-denied = Abgelehnt
status-cancelled = Zurückgezogen
status-expired = Abgelaufen
status-revoked = Widerrufen
