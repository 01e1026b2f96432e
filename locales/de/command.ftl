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
