/**
 * Ce qu’un téléphone dit de ce qui n’est pas comme il faut, et comment un téléphone l’apprend, en français.
 */
import type { PushWords } from './en.ts'

export const frPush: PushWords = {
  title: 'Cet appareil',
  about:
    'Les alertes peuvent arriver sur cet appareil sans qu’aucune page soit ouverte, par le service push du fabricant du navigateur. Il faut Internet, ici et au boîtier ; ce qui est dit est chiffré pour cet appareil.',
  off: 'La configuration du boîtier ne le permet pas : il lui faut `push: {}` sous `alerts`.',
  noUser: 'Pour cela, connectez-vous sous votre propre nom : un appareil appartient à quelqu’un.',
  cannot:
    'Ce navigateur ne le peut pas. Il ne le permet que si la page a été ouverte en https, avec un certificat auquel il fait confiance. Sur un iPhone ou un iPad, ajoutez d’abord la page à l’écran d’accueil et ouvrez-la de là.',
  isOn: 'Cet appareil est prévenu.',
  isOff: 'Cet appareil n’est pas prévenu.',
  least: 'Me prévenir de',
  levels: { info: 'tout', warning: 'les avertissements et l’urgent', critical: 'l’urgent seulement' },
  turnOn: 'Prévenir cet appareil',
  turnOff: 'Ne plus prévenir ici',
  change: 'Changer',
  test: 'Envoyer un essai',
  sent: 'Un essai est en route. Il devrait arriver dans quelques secondes.',
  denied:
    'Le navigateur ne laisse rien passer de cette page : autorisez les notifications dans ses réglages.',
  failed: 'Cela n’a pas marché. Y a-t-il Internet, ici et au boîtier ?',
  others: 'Vos autres appareils',
  remove: 'Retirer',
  way: 'Push vers les téléphones',
  message: {
    again: (kind) => `Toujours : ${kind}`,
    over: (kind) => `Terminé : ${kind}`,
    late: 'Annoncé en retard.',
    test: 'Un essai depuis l’écurie',
    testBody: 'Cet appareil est prévenu des alertes.',
  },
}
