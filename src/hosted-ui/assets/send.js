// Sends the page's only form; without script its button does.
document.forms[0].submit();
