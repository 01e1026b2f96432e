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

requests-description = Pour les approbateurs : voir les demandes en attente et retrouver leurs cartes

option-status-name = statut
option-status-description = Quelles demandes ; par défaut, celles qui attendent une décision
option-member-name = membre
option-member-description = Seulement les demandes de ce membre

status-pending = En attente d’une décision
status-approved = Approuvée
status-issuing = En cours de remise
status-delivered = Clé envoyée
status-claimable = Clé à retirer
status-failed = Échouée
status-joined = Connecté
status-lost = Clé utilisée, appareil introuvable
status-denied = Refusée
status-cancelled = Annulée
status-expired = Expirée
status-revoked = Révoquée
