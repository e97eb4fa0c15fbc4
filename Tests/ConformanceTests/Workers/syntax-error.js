// Not JavaScript.
const = ;
