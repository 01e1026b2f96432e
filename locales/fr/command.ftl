command-description = Demander à ajouter un de vos appareils au réseau

option-device-name = appareil
option-device-description = Le nom que portera l’appareil, par exemple anna-laptop
option-platform-name = plateforme
option-platform-description = Le système de l’appareil, pour recevoir les bonnes instructions
option-reason-name = raison
option-reason-description = Pourquoi vous en avez besoin ; les approbateurs le liront
option-link-name = lien
option-link-description = Le lien de connexion affiché par votre téléphone ou téléviseur, s’il y en a un

platform-ios = iPhone ou iPad
platform-tv = Téléviseur
platform-other = Autre
